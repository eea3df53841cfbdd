"""What befalls the processes themselves: their clock, their folder, their parent, their servers."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from stream_pos.runtime import processes as child_processes
from tests.faults.receivers.receiver import Exchange
from tests.faults.servers.processes import ROOT, Process, descendants, free_port, until
from tests.faults.service.deployment import Deployment
from tests.faults.service.verdict import Limits
from tests.faults.stage.scene import Fault, Scene, all_finished
from tests.faults.stage.stand_names import EMBEDDED, OWN_SERVERS
from tests.support.processes import is_alive, is_free

from .service_faults import fault
from .worker_kills import serve

_SKEW_SECONDS = 15
_ALARM_SECONDS = 15
_CHILDREN_SECONDS = 5
_QUEUE = "stream-pos"


def _await_skew_alarm(deployment: Deployment, is_long: bool) -> None:
    from integration.models import Alarm

    started = time.monotonic()
    alarms = Alarm.objects.filter(kind=Alarm.Kind.SKEW, resolved_at=None)
    until("an alarm for the worker's clock", alarms.exists, _ALARM_SECONDS)
    deployment.scene.notes.append(f"an alarm after {time.monotonic() - started:.1f} s")


def _with_clock(seconds: int, name: str, *, only_long: bool = False) -> Fault:
    """Return the fault of a worker whose clock is that far ahead."""

    def run(scene: Scene) -> None:
        with _clock(seconds):
            fault(name, _await_skew_alarm, waiting=True).run(scene)

    return Fault(f"service: {name}", run, only_long=only_long, only_on=OWN_SERVERS)


@contextmanager
def _clock(seconds: int) -> Iterator[None]:
    os.environ["FAULTS_CLOCK_SECONDS"] = str(seconds)  # Only workers read it.
    try:
        yield
    finally:
        del os.environ["FAULTS_CLOCK_SECONDS"]


def _database_away(deployment: Deployment, is_long: bool) -> None:
    deployment.scene.restart_database(away_seconds=105 if is_long else 15)


def _garbage(scene: Scene) -> None:
    """Put garbage where bindings were once kept, before `serve` starts and while it runs."""
    _litter()
    serve(scene)
    with scene.writer.writing():
        scene.await_deliveries(4)
        _litter()
        scene.await_deliveries(4)
    until("the end of all events", all_finished, 60)


def _litter() -> None:
    for folder in ("control", "queue"):
        place = settings.BROKER_DIR / folder
        place.mkdir(parents=True, exist_ok=True)
        for name in ("", _QUEUE, "celery", "celeryev", "reply.celery.pidbox"):
            (place / f"{name}.exchange").write_bytes(b"\xff garbage {")


def _second_serve(scene: Scene) -> None:
    """Start `serve` twice: the second is refused, and the first keeps its queue and delivers."""
    serve(scene)
    with scene.writer.writing():
        scene.await_deliveries(4)
        kept = settings.BROKER_DIR / "queue" / "1.of-nobody.msg"
        kept.write_text("kept")
        _expect_refusal(scene)
        if not kept.exists():
            scene.problems.append("the second emptied the queue of the first")
        scene.await_deliveries(4)
    kept.unlink(missing_ok=True)
    until("the end of all events", all_finished, 60)


def _expect_refusal(scene: Scene) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(free_port())],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    sentence = f"Another Stream POS runs on the data folder {settings.DATA_DIR}"
    lines = result.stderr.strip().splitlines()
    if result.returncode != 1 or len(lines) != 1 or sentence not in lines[0]:
        scene.problems.append(f"the second ended with {result.returncode}: {result.stderr[-300:]}")


def _web_parent_killed(scene: Scene) -> None:
    """Kill the web server's first process while events are delivered, and start it again."""
    scene.receiver.behave = _unhurried
    scene.worker()
    port = free_port()
    web = _web(scene, port)
    with scene.writer.writing():
        for _ in range(scene.size.kills):
            scene.await_deliveries(2)
            children = descendants(web.pid)
            scene.processes.kill(web)
            started = time.monotonic()
            until(
                "the end of the web server's children",
                lambda pids=children: not any(map(is_alive, pids)),  # type: ignore[misc]  # Bound now.
                _CHILDREN_SECONDS,
            )
            until("a free port", lambda: is_free(port), 1)
            scene.notes.append(f"{len(children)} ended in {time.monotonic() - started:.1f} s")
            web = _web(scene, port)
    until("the end of all events", all_finished, 60)


def _web(scene: Scene, port: int) -> Process:
    """Start the web server as an operator may: without `serve`, with two processes."""
    web = scene.processes.start("web", child_processes.web("127.0.0.1", port).command, {})
    until("the web server's answer", lambda: _answers(port), 60)
    return web


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
    except OSError:
        return False


def _unhurried(exchange: Exchange) -> None:
    time.sleep(0.03)
    exchange.answer(200)


FAULTS = [
    _with_clock(-_SKEW_SECONDS, "worker's clock behind"),
    _with_clock(_SKEW_SECONDS, "worker's clock ahead", only_long=True),
    fault("database away", _database_away, Limits(busy=True)),
    Fault("garbage in the broker's folders", _garbage, only_on=EMBEDDED),
    Fault("a second serve", _second_serve, only_on=EMBEDDED),
    Fault("web server's parent killed", _web_parent_killed, only_on=EMBEDDED),
]
