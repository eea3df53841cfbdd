"""Broker faults: wake-ups are lost, events are not."""

import json
import time

from tests.faults.servers.processes import free_port, output_of, until
from tests.faults.stage.scene import Fault, Scene, all_finished
from tests.faults.stage.stand_names import OWN_SERVERS

# The clocks run every second; a busy machine is slower.
_SOON_SECONDS = 30


def _flushed(scene: Scene) -> None:
    """Empty the broker repeatedly while events are created and delivered."""
    scene.worker()
    scene.writer.start(3 * scene.size.per_key, pause_seconds=0.05)
    flushes = 0
    while scene.writer.is_writing:
        scene.flush_broker()
        flushes += 1
        time.sleep(0.1)
    scene.writer.join()
    until("the end of all events", all_finished, _SOON_SECONDS)
    if flushes < 5:
        scene.problems.append(f"the broker was emptied only {flushes} times")


def _away_when_made(scene: Scene) -> None:
    """Create events without a reachable broker: they are committed and found by the clocks."""
    scene.worker()
    nowhere = scene.stand.folder / "nowhere"
    nowhere.mkdir(exist_ok=True)
    unreachable = (
        {"STREAM_POS_DATA_DIR": str(nowhere)}
        if scene.is_embedded
        else {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    )
    arguments = [str(scene.stand.merchant_id), str(scene.size.per_key), *scene.keys]
    committed = json.loads(output_of("tests.faults.stage.writer", arguments, unreachable))
    scene.committed_elsewhere = {marker: tuple(event) for marker, event in committed.items()}
    until("the end of all events", all_finished, _SOON_SECONDS)


def _restarted(scene: Scene) -> None:
    """Kill the broker and lose its content; workers and writers reconnect."""
    restart = scene.stand.restart_broker
    assert restart is not None
    scene.worker()
    with scene.writer.writing():
        for number in range(2 * scene.size.kills):
            scene.await_deliveries(4)
            restart(away_seconds=3.0 * (number % 2))
        scene.await_deliveries(4)
    until("the end of all events", all_finished, _SOON_SECONDS)


FAULTS = [
    Fault("broker flushed", _flushed),
    Fault("broker away when events are made", _away_when_made),
    Fault("broker restarted", _restarted, only_on=OWN_SERVERS),
]
