"""The product's worker, which can kill, freeze or pause itself at a given step of a delivery.

FAULTS_KILL=<step>:<n> kills the process with SIGKILL when the step is reached for the n-th time;
FAULTS_FREEZE stops it with SIGSTOP, and FAULTS_PAUSE lets that thread wait for two seconds, which
the file `<FAULTS_READY>.paused` tells. FAULTS_LEASE_SECONDS shortens the lease;
FAULTS_CLOCK_SECONDS is how far its clock is ahead; FAULTS_READY names a file that is created when
the worker is ready and grows by a byte per attempt.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import time_machine
from celery.signals import worker_ready

from integration.bounded.parent_death import die_with_parent
from stream_pos.celery import app as app

Call = Callable[..., Any]
STEPS = ("claimed", "half sent", "sent", "answered", "recording", "recorded")
_PAUSE_SECONDS = 2.0


class _Fuse:
    """Do harm to this process at the n-th burn."""

    def __init__(self, count: int, harm: Callable[[], None]) -> None:
        self._left = count
        self._harm = harm
        self._lock = threading.Lock()

    def burn(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left != 0:
                return
        self._harm()


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _pause() -> None:
    Path(os.environ["FAULTS_READY"] + ".paused").touch()
    time.sleep(_PAUSE_SECONDS)


_HARMS = {"FAULTS_KILL": _kill, "FAULTS_FREEZE": _freeze, "FAULTS_PAUSE": _pause}


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


def _arm(step: str, fuse: _Fuse) -> None:
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

    assert hasattr(leases, "LEASE")
    leases.LEASE = timedelta(seconds=seconds)


def _count_attempts(file: Path) -> None:
    from integration.delivery import transport

    original: Call = transport.Exchange.run

    def run(exchange: Any) -> Any:
        with file.open("ab") as counter:
            counter.write(b".")
        return original(exchange)

    transport.Exchange.run = run


def _move_clock(seconds: float) -> None:
    there = datetime.now(UTC) + timedelta(seconds=seconds)
    time_machine.travel(there, tick=True).start()


def _prepare() -> None:
    die_with_parent()
    if ahead := os.environ.get("FAULTS_CLOCK_SECONDS"):
        _move_clock(float(ahead))
    django.setup()
    if seconds := os.environ.get("FAULTS_LEASE_SECONDS"):
        _shorten_lease(float(seconds))
    if file := os.environ.get("FAULTS_READY"):
        _count_attempts(Path(file))
    for name, harm in _HARMS.items():
        if value := os.environ.get(name):
            step, _, count = value.partition(":")
            _arm(step, _Fuse(int(count), harm))


@worker_ready.connect
def _mark_ready(**kwargs: Any) -> None:
    if file := os.environ.get("FAULTS_READY"):
        Path(file).touch()


_prepare()
