"""SIGSTOP of a worker with events in its hands; the other has them within seconds."""

import signal
import threading
import time

from django.db import OperationalError, connection, transaction

from tests.faults.receivers.receiver import Exchange, healthy
from tests.faults.servers.processes import Process, TimedOut, is_stopped, until
from tests.faults.stage.scene import Fault, Scene, all_finished
from tests.faults.stage.stand_names import SERVICES

from .worker_kills import QUICK_LEASE

# From the freeze until everything has arrived.
_TAKEN_OVER_SECONDS = 15
_ANSWER_SECONDS = 0.3
# Longer than an attempt and its recording: what is claimed after it is held by the frozen worker.
_SETTLED_SECONDS = 2
# A worker with two connections holds two events more, which are queued.
_FEW = {"STREAM_WEBHOOK_CONNECTIONS": "2"}


def _slowly(exchange: Exchange) -> None:
    time.sleep(_ANSWER_SECONDS)
    exchange.answer(200)


def _past_lease(scene: Scene) -> None:
    """Freeze a worker for longer than its lease; it resumes when another has its events."""
    is_frozen = threading.Event()

    def behave(exchange: Exchange) -> None:
        is_frozen.wait(20)
        exchange.answer(200)

    scene.receiver.behave = behave
    scene.write_all()
    frozen = scene.worker(**QUICK_LEASE | {"STREAM_WEBHOOK_READ_TIMEOUT_SECONDS": "2"})
    until("the first request", lambda: scene.receiver.requests, 60)
    _freeze(frozen)
    scene.allow_repeats_of_claimed()
    is_frozen.set()
    scene.worker(**QUICK_LEASE)
    until("the end of all events", all_finished, 90)
    frozen.send_signal(signal.SIGCONT)
    scene.writer.write(1)
    until("the end of all events", all_finished, 60)
    if not scene.processes.stop(frozen):
        scene.problems.append("the frozen worker did not terminate")


def _freeze(worker: Process) -> None:
    """Freeze the worker outside of transactions, where its locks would block everyone."""
    for _ in range(20):
        worker.send_signal(signal.SIGSTOP)
        if not _is_locked():
            return
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.2)
    raise TimedOut("a moment without a transaction")


def _is_locked() -> bool:
    from integration.models import Endpoint, OutboundEvent

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                list(OutboundEvent.objects.select_for_update(nowait=True))
                list(Endpoint.objects.select_for_update(nowait=True))
            else:
                cursor.execute("PRAGMA user_version")  # BEGIN takes the only lock there is.
    except OperationalError:
        return True
    return False


def _mid_delivery(scene: Scene) -> None:
    """Freeze one of two workers when it holds events and one request is half out."""
    scene.receiver.behave = _slowly
    frozen = scene.worker(**_FEW, FAULTS_PAUSE="half sent:4")
    scene.worker(**_FEW)
    scene.writer.start(scene.size.per_key, pause_seconds=0.02)
    until("half a request", lambda: scene.processes.has_paused(frozen), 60)
    _freeze(frozen)
    _taken_over(scene, frozen)


def _recording(scene: Scene) -> None:
    """Freeze one of two workers in the transaction that records, which keeps rows locked."""
    scene.receiver.behave = _slowly
    frozen = scene.worker(**_FEW, FAULTS_FREEZE="recording:3")
    scene.worker(**_FEW)
    scene.writer.start(scene.size.per_key, pause_seconds=0.02)
    until("the freeze", lambda: is_stopped(frozen), 60)
    _taken_over(scene, frozen)


def _taken_over(scene: Scene, frozen: Process) -> None:
    """Expect the other worker to send everything in time, and the thawed one to send nothing."""
    frozen_at = time.monotonic()
    claims = _claims()
    time.sleep(_SETTLED_SECONDS)
    scene.receiver.behave = healthy  # What waits behind the held events needs no time of its own.
    held = [event_id for event_id, claim in _claims().items() if claims.get(event_id) == claim]
    if not held:
        scene.problems.append("the frozen worker held nothing")
    scene.writer.join()
    scene.expected.sent_again.update(held)  # Received and not recorded, or half out.
    left = _TAKEN_OVER_SECONDS - (time.monotonic() - frozen_at)
    until("the end of all events", all_finished, left)
    scene.notes.append(
        f"{len(held)} held by the frozen worker; all arrived {time.monotonic() - frozen_at:.1f} s"
        " after the freeze"
    )
    begun = scene.processes.attempts_by(frozen)
    frozen.send_signal(signal.SIGCONT)
    time.sleep(_SETTLED_SECONDS)
    if scene.processes.attempts_by(frozen) != begun:
        scene.problems.append("the thawed worker began to send what it had lost")
    scene.writer.write(1)
    until("the end of all events", all_finished, 60)
    if not scene.processes.stop(frozen):
        scene.problems.append("the frozen worker did not terminate")


def _claims() -> dict[str, object]:
    """Return who holds each waiting event that is held, by event id."""
    from integration.models import OutboundEvent

    held = OutboundEvent.objects.filter(state="waiting", claim__isnull=False)
    return {str(event_id): claim for event_id, claim in held.values_list("public_id", "claim")}


FAULTS = [
    Fault("worker frozen past its lease", _past_lease),
    Fault("worker frozen mid-delivery", _mid_delivery),
    Fault("worker frozen while recording", _recording, only_on=SERVICES),
]
