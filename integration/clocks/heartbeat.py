"""Signs of life of the rounds that this process runs, in memory; the keeper writes them down."""

import threading
import time
from collections.abc import Callable

_last: dict[str, float] = {}  # Per round, on the monotonic clock.
_running: set[str] = set()
_thread = threading.local()


class LeaseLost(Exception):
    """Another process took this round over, because this one stood still."""


def begin(name: str, is_still_ours: Callable[[str], bool]) -> None:
    """Say that this thread begins a run of the elected round."""
    _last[name] = time.monotonic()
    _running.add(name)
    _thread.run = (name, is_still_ours)


def end() -> None:
    """Say that the run of this thread is over."""
    name, _ = _thread.run
    _running.discard(name)
    _thread.run = None


def step() -> None:
    """Record progress of the round that this thread runs, if it runs one.

    Call it between transactions. Raise LeaseLost if another process runs the round by now.
    """
    run = getattr(_thread, "run", None)
    if run is None:
        return
    name, is_still_ours = run
    beat(name)
    if not is_still_ours(name):
        raise LeaseLost(name)


def beat(name: str) -> None:
    """Record progress of the named round, from any thread."""
    _last[name] = time.monotonic()


def names_since(instant: float) -> set[str]:
    """Return the rounds with progress since that instant of the monotonic clock."""
    return {name for name, at in list(_last.items()) if at >= instant}


def is_silent(name: str, seconds: float) -> bool:
    """Tell whether a run of the round has shown no progress for so long."""
    return name in _running and time.monotonic() - _last[name] > seconds
