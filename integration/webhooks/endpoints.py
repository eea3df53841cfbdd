"""The endpoints that receive our events, and how they are reached.

Delivery is keyed by the name of the endpoint. Stream's address is a setting; an app that sends
events elsewhere registers an endpoint of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings

STREAM = "stream"
EXCERPT_BYTES = 1024


@dataclass(frozen=True)
class Destination:
    """The address of an endpoint, and the secrets that sign its events.

    The first secret is the current one; the others are earlier or later ones, while a secret is
    being rotated. A request on a kept connection that closes unanswered is repeated at once,
    unless a repeat may do harm.
    """

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    signature_encoding: str = "hex"
    is_repeated_at_once: bool = True
    excerpt_bytes: int = EXCERPT_BYTES  # What is kept of an answer's body.


@dataclass(frozen=True)
class Rules:
    """Meaning of an endpoint's answers, and its treatment; by default as contract WH says.

    `taken_over` are statuses that count as a success besides 2xx. `misdirected` are those that our
    own settings cause: the event is sent again, and an alarm is raised at once. With
    `doubles_waits`, an event is sent again after 1, 2, 4, 8 … seconds. `is_divided`: one merchant's
    events hold up no other's, so its failures open no circuit breaker; its types are urgent.
    """

    taken_over: frozenset[int] = frozenset()
    misdirected: frozenset[int] = frozenset()
    is_stopped_by_gone: bool = True
    doubles_waits: bool = False
    is_divided: bool = False


_USUAL = Rules()


def _stream() -> Destination | None:
    if not settings.STREAM_WEBHOOK_URL:
        return None
    return Destination(
        url=settings.STREAM_WEBHOOK_URL,
        secrets=(settings.STREAM_WEBHOOK_SECRET, *settings.STREAM_WEBHOOK_OTHER_SECRETS),
        signature_encoding=settings.STREAM_WEBHOOK_SIGNATURE_ENCODING,
    )


Source = Callable[[], Destination | None]
_sources: dict[str, Source] = {STREAM: _stream}
_rules: dict[str, Rules] = {}


def register(name: str, source: Source, rules: Rules = _USUAL) -> None:
    """Add an endpoint; `source` returns its destination, or None while it has no address.

    It has its own queue, circuit breaker and place on the page "Delivery" as soon as it has an
    address. Registering the same source again changes nothing; another one is a ValueError.
    """
    if _sources.setdefault(name, source) != source:
        raise ValueError(f"The endpoint {name} is registered already.")
    _rules[name] = rules


def rules(name: str) -> Rules:
    return _rules.get(name, _USUAL)


def names() -> list[str]:
    """Return the names of all registered endpoints."""
    return list(_sources)


def destination(name: str) -> Destination | None:
    """Return the endpoint's destination; None while it has no address: its events wait."""
    source = _sources.get(name)
    return source() if source else None
