"""kill -9 of the worker at each step of a delivery, and of everything at once."""

import os
import signal
import sys
import threading
import time

from django.db import OperationalError, connection, transaction

from tests.faults.receivers.receiver import Visit
from tests.faults.servers.processes import Process, TooLate, descendants, free_port, until
from tests.faults.servers.worker import STEPS
from tests.faults.stage import counts
from tests.faults.stage.scene import Fault, Run, Scene, all_are_over

# With these, a dead worker's events are free again after three and a half seconds.
QUICK_LEASE = {
    "STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS": "0.5",
    "STREAM_WEBHOOK_READ_TIMEOUT_SECONDS": "1",
    "FAULTS_SPARE_SECONDS": "1",
}


def _unhurried(visit: Visit) -> None:
    """So that some tries are under way at every moment."""
    time.sleep(0.03)
    visit.answer(200)


def killed_at(step: str) -> Run:
    """Kills it there, each time a little later; then a worker like any other takes over."""

    def run(scene: Scene) -> None:
        scene.receiver.behave = _unhurried
        scene.processes.scheduler()
        for number in range(scene.size.kills):
            scene.writer.start(scene.size.per_key, pause_seconds=0.02)
            # Later on something is in flight already when events are claimed.
            count = 1 if step == "claimed" else 2 * number + 1
            fuse = {"FAULTS_KILL": f"{step}:{count}"}
            worker = scene.worker(wait=False, **QUICK_LEASE, **fuse)
            until(f"the worker's death when {step}", lambda w=worker: w.poll() is not None, 60)
            note_in_flight(scene)
            scene.writer.join()
        if step == "claimed" and scene.expected.sent_again:
            scene.problems.append("something was sent before its claim was committed")
        scene.worker(**QUICK_LEASE)
        until("the end of all events", all_are_over, 90)

    return run


def note_in_flight(scene: Scene) -> None:
    """While no worker lives: what arrived and is not recorded is sent again, and may be."""
    until("the receiver's rest", scene.receiver.is_quiet, 20)
    # Each of those arrivals was in vain: one more must follow.
    for event_id, times in counts.accepted_but_waiting(scene.receiver).items():
        scene.expected.sent_again[event_id] = times


def _frozen(scene: Scene) -> None:
    """A worker stands still for longer than its lease, and goes on when another has its events."""
    is_frozen = threading.Event()

    def behave(visit: Visit) -> None:
        is_frozen.wait(20)
        visit.answer(200)

    scene.receiver.behave = behave
    scene.processes.scheduler()
    scene.promise()
    frozen = scene.worker(**QUICK_LEASE | {"STREAM_WEBHOOK_READ_TIMEOUT_SECONDS": "2"})
    until("the first request", lambda: scene.receiver.requests, 60)
    _freeze(frozen)
    scene.note_held()
    is_frozen.set()
    scene.worker(**QUICK_LEASE)
    until("the end of all events", all_are_over, 90)
    frozen.send_signal(signal.SIGCONT)
    scene.writer.write(1)
    until("the end of all events", all_are_over, 60)
    if not scene.processes.stop(frozen):
        scene.problems.append("the worker that had been frozen did not end")


def _freeze(worker: Process) -> None:
    """Not within a transaction: whoever froze there would hold up everybody by its locks."""
    for _ in range(20):
        worker.send_signal(signal.SIGSTOP)
        if not _somebody_holds_locks():
            return
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.2)
    raise TooLate("a moment without a transaction")


def _somebody_holds_locks() -> bool:
    from integration.models import Endpoint, OutboundEvent

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                list(OutboundEvent.objects.select_for_update(nowait=True))
                list(Endpoint.objects.select_for_update(nowait=True))
            else:
                cursor.execute("PRAGMA user_version")  # Beginning takes the only lock there is.
    except OperationalError:
        return True
    return False


def _everything(scene: Scene) -> None:
    """`serve` with all its children is killed in the middle of its work, and started again."""
    scene.receiver.behave = _unhurried
    with scene.writer.writing():
        for _ in range(scene.size.kills):
            served = _serve(scene)
            scene.await_deliveries(3)
            below = descendants(served.pid)
            scene.processes.kill(served)
            until("the end of every child", lambda b=below: not any(map(_lives, b)), 20)
            note_in_flight(scene)
    _serve(scene)
    until("the end of all events", all_are_over, 120)


def _serve(scene: Scene) -> Process:
    settings = {name: value for name, value in QUICK_LEASE.items() if name.startswith("STREAM_")}
    settings["STREAM_WEBHOOK_URL"] = scene.receiver.url
    command = [sys.executable, "manage.py", "serve", "--port", str(free_port())]
    return scene.processes.start("serve", command, settings)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


FAULTS = [
    *(Fault(f"worker killed: {step}", killed_at(step)) for step in STEPS),
    Fault("worker frozen past its lease", _frozen),
    Fault("everything killed", _everything, only_long=True),
]
