"""Time limits of database work, by kind of thread; see integration.db.time_limits."""

from django.core.exceptions import ImproperlyConfigured

from integration.db.time_limits import Limits

from . import env

# Seconds for a lock, and for a statement. Stream gives up on an order soon, so it hears 503 before:
# also when the order has waited a second for its thread. With 0.3 s, the threads that a lock holds
# up come free fast enough for 20 orders a second, so that hardly any has to wait for one.
_DEFAULTS = {
    "orders": Limits(0.3, 1.2),
    "events": Limits(1, 5),
    "stream": Limits(1, 10),
    "channel": Limits(1, 5),
    "people": Limits(3, 15),
    "probes": Limits(1, 1),
    "clocks": Limits(2, 10),
    "tasks": Limits(5, 120),
}


def from_environment() -> dict[str, Limits]:
    """Return the limits of each kind, with those that the environment overrides."""
    locks = _overrides("DATABASE_LOCK_SECONDS")
    statements = _overrides("DATABASE_STATEMENT_SECONDS")
    return {
        kind: Limits(
            locks.get(kind, default.lock_seconds),
            statements.get(kind, default.statement_seconds),
        )
        for kind, default in _DEFAULTS.items()
    }


def _overrides(name: str) -> dict[str, float]:
    overrides = {}
    for part in env.string_list(name, []):
        kind, _, written = part.partition("=")
        try:
            seconds = float(written)
        except ValueError:
            seconds = 0.0
        if kind not in _DEFAULTS or not 0.001 <= seconds < 1e6:
            raise ImproperlyConfigured(
                f"{name}: {part!r} is no limit: write e.g. orders=1,people=3;"
                f" the kinds are {', '.join(_DEFAULTS)}."
            )
        overrides[kind] = seconds
    return overrides
