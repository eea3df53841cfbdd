"""The product's worker, which can kill itself at a given step of a delivery.

FAULTS_KILL=<step>:<n> kills the process with SIGKILL when the step is reached for the n-th time;
FAULTS_SPARE_SECONDS shortens the lease; FAULTS_READY names a file that is created when the worker
is ready and grows by a byte per attempt.
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

from integration.bounded.parent_death import die_with_parent
from stream_pos.celery import app as app

Call = Callable[..., Any]
STEPS = ("claimed", "half sent", "sent", "answered", "recording", "recorded")


class _Fuse:
    """Kill this process at the n-th burn."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()

    def burn(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _after(owner: Any, name: str, fuse: _Fuse, counts: Callable[[Any, Any], bool]) -> None:
    original: Call = getattr(owner, name)

    def wrapper(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        if counts(arguments, result):
            fuse.burn()
        return result

    setattr(owner, name, wrapper)


def _before(owner: Any, name: str, fuse: _Fuse) -> None:
    original: Call = getattr(owner, name)

    def wrapper(*arguments: Any, **options: Any) -> Any:
        fuse.burn()
        return original(*arguments, **options)

    setattr(owner, name, wrapper)


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
    if step == "claimed":  # The lease is committed, nothing is sent.
        _after(leases, "_hold", fuse, lambda arguments, held: bool(held))
    elif step == "half sent":  # The head is sent, the body is not.
        _after(connections.Connection, "send", fuse, lambda sent, _: bytes(sent[1][:4]) == b"POST")
    elif step == "sent":  # The request is sent, the answer not yet awaited.
        _before(connections.Connection, "getresponse", fuse)
    elif step == "answered":  # The answer is read but not recorded.
        _after(transport.Exchange, "run", fuse, lambda arguments, result: True)
    elif step == "recording":  # Inside the transaction, before its commit.
        _before(delivery_results, "_update_breakers", fuse)
    else:
        assert step == "recorded"
        _after(delivery_runner, "record", fuse, lambda arguments, result: True)


def _shorten_lease(seconds: float) -> None:
    from integration.delivery import leases

    assert hasattr(leases, "_SPARE")
    leases._SPARE = timedelta(seconds=seconds)


def _count_attempts(file: Path) -> None:
    from integration.delivery import transport

    original: Call = transport.Exchange.run

    def run(exchange: Any) -> Any:
        with file.open("ab") as counter:
            counter.write(b".")
        return original(exchange)

    transport.Exchange.run = run


def _prepare() -> None:
    die_with_parent()
    django.setup()
    if spare := os.environ.get("FAULTS_SPARE_SECONDS"):
        _shorten_lease(float(spare))
    if file := os.environ.get("FAULTS_READY"):
        _count_attempts(Path(file))
    if kill := os.environ.get("FAULTS_KILL"):
        step, _, count = kill.partition(":")
        _arm(step, int(count))


@worker_ready.connect
def _mark_ready(**kwargs: Any) -> None:
    if file := os.environ.get("FAULTS_READY"):
        Path(file).touch()


_prepare()
