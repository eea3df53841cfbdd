"""kill -9 of the worker at each step of a delivery, and of all processes at once."""

import os
import sys
import time

from tests.faults.receivers.receiver import Exchange
from tests.faults.servers.processes import Process, descendants, free_port, until
from tests.faults.servers.worker import STEPS
from tests.faults.stage import counts
from tests.faults.stage.scene import Fault, Run, Scene, all_finished

# With these, the lease of a dead worker expires after four seconds.
QUICK_LEASE = {
    "STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS": "0.5",
    "STREAM_WEBHOOK_READ_TIMEOUT_SECONDS": "1",
    "FAULTS_LEASE_SECONDS": "4",
}


def _unhurried(exchange: Exchange) -> None:
    """Answer slowly enough that some attempts are always in progress."""
    time.sleep(0.03)
    exchange.answer(200)


def killed_at(step: str) -> Run:
    """Kill a worker at this step, a little later each time; then a normal worker takes over."""

    def run(scene: Scene) -> None:
        scene.receiver.behave = _unhurried
        for number in range(scene.size.kills):
            scene.writer.start(scene.size.per_key, pause_seconds=0.02)
            # In later rounds something is already in flight when events are claimed.
            count = 1 if step == "claimed" else 2 * number + 1
            fuse = {"FAULTS_KILL": f"{step}:{count}"}
            worker = scene.worker(wait=False, **QUICK_LEASE, **fuse)
            until(f"the worker's death at {step}", lambda w=worker: w.poll() is not None, 60)
            allow_repeats_in_flight(scene)
            scene.writer.join()
        if step == "claimed" and scene.expected.sent_again:
            scene.problems.append("something was sent before its claim was committed")
        scene.worker(**QUICK_LEASE)
        until("the end of all events", all_finished, 90)

    return run


def allow_repeats_in_flight(scene: Scene) -> None:
    """Allow repeats of events that arrived unrecorded; call while no worker is running."""
    until("the receiver to become idle", scene.receiver.is_quiet, 20)
    # None of those arrivals was recorded, so one more must follow.
    for event_id, times in counts.accepted_but_unrecorded(scene.receiver).items():
        scene.expected.sent_again[event_id] = times


def _everything(scene: Scene) -> None:
    """Kill `serve` with all its children during its work, and restart it."""
    scene.receiver.behave = _unhurried
    with scene.writer.writing():
        for _ in range(scene.size.kills):
            server = serve(scene)
            scene.await_deliveries(3)
            children = descendants(server.pid)
            scene.processes.kill(server)
            until(
                "the end of all children", lambda pids=children: not any(map(_is_running, pids)), 20
            )
            allow_repeats_in_flight(scene)
    serve(scene)
    until("the end of all events", all_finished, 120)


def serve(scene: Scene) -> Process:
    """Start `manage.py serve`, with leases that are short."""
    settings = {name: value for name, value in QUICK_LEASE.items() if name.startswith("STREAM_")}
    settings["STREAM_WEBHOOK_URL"] = scene.receiver.url
    command = [sys.executable, "manage.py", "serve", "--port", str(free_port())]
    return scene.processes.start("serve", command, settings)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


FAULTS = [
    *(Fault(f"worker killed: {step}", killed_at(step)) for step in STEPS),
    Fault("everything killed", _everything, only_long=True),
]
