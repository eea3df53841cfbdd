"""The product's worker; for the fault suite it can be told to kill itself at a step of a delivery.

FAULTS_KILL=<step>:<n> kills the process with SIGKILL when the step is reached for the n-th time;
FAULTS_SPARE_SECONDS shortens the lease; FAULTS_READY names a file that is made when it works, and
gets a byte for each try.
"""

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from celery.signals import worker_ready

from stream_pos.runtime.parent_death import die_with_parent

Call = Callable[..., Any]
STEPS = ("claimed", "half sent", "sent", "answered", "recording", "recorded")


class _Fuse:
    """Kills this process at the n-th burn."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()

    def burn(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _after(place: Any, name: str, fuse: _Fuse, counts: Callable[[Any, Any], bool]) -> None:
    real: Call = getattr(place, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        result = real(*arguments, **named)
        if counts(arguments, result):
            fuse.burn()
        return result

    setattr(place, name, wrapped)


def _before(place: Any, name: str, fuse: _Fuse) -> None:
    real: Call = getattr(place, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        fuse.burn()
        return real(*arguments, **named)

    setattr(place, name, wrapped)


def _arm(step: str, count: int) -> None:
    from integration.delivery import (
        leases,
        transport,
    )
    from integration.delivery import (
        results as delivery_results,
    )
    from integration.delivery import (
        runner as delivery_runner,
    )
    from integration.outbound_http import connections

    fuse = _Fuse(count)
    if step == "claimed":  # The claim is committed, nothing is sent.
        _after(leases, "_hold", fuse, lambda arguments, held: bool(held))
    elif step == "half sent":  # The head is out, the body is not.
        _after(connections.Connection, "send", fuse, lambda sent, _: bytes(sent[1][:4]) == b"POST")
    elif step == "sent":  # The request is out, nobody has waited for the answer.
        _before(connections.Connection, "getresponse", fuse)
    elif step == "answered":  # The answer is read, and not recorded.
        _after(transport.Exchange, "run", fuse, lambda arguments, result: True)
    elif step == "recording":  # Inside the transaction, before its commit.
        _before(delivery_results, "_update_breakers", fuse)
    else:
        assert step == "recorded"
        _after(delivery_runner, "record", fuse, lambda arguments, result: True)


def _shorten_the_lease(seconds: float) -> None:
    from integration.delivery import leases

    assert hasattr(leases, "_SPARE")
    leases._SPARE = timedelta(seconds=seconds)


def _count_tries(file: Path) -> None:
    from integration.delivery import transport

    real: Call = transport.Exchange.run

    def run(exchange: Any) -> Any:
        with file.open("ab") as counted:
            counted.write(b".")
        return real(exchange)

    transport.Exchange.run = run


def _prepare() -> None:
    die_with_parent()
    django.setup()
    if spare := os.environ.get("FAULTS_SPARE_SECONDS"):
        _shorten_the_lease(float(spare))
    if file := os.environ.get("FAULTS_READY"):
        _count_tries(Path(file))
    if kill := os.environ.get("FAULTS_KILL"):
        step, _, count = kill.partition(":")
        _arm(step, int(count))


@worker_ready.connect
def _say_so(**kwargs: Any) -> None:
    if file := os.environ.get("FAULTS_READY"):
        Path(file).touch()


_prepare()
