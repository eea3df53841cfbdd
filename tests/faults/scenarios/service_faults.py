"""Whatever may hold up a service, while another merchant's orders come in."""

import os
import signal
import time
from collections.abc import Callable

from django.db import connections

from tests.faults.attacks import connections as held
from tests.faults.attacks import database
from tests.faults.attacks.overload import overload
from tests.faults.servers.processes import TimedOut, until
from tests.faults.service.deployment import Deployment
from tests.faults.service.verdict import Limits, count
from tests.faults.stage.scene import Fault, Scene
from tests.faults.stage.stand_names import OWN_SERVERS

_ALARM_SECONDS = 15
_RECOVERY_SECONDS = 5
_DECISIONS_SECONDS = 40
_BUSY = Limits(busy=True)

Attack = Callable[[Deployment, bool], None]


def _half_bodies(deployment: Deployment, is_long: bool) -> None:
    held.hold(deployment.port, 300 if is_long else 10, held.HALF_BODY, _seconds(is_long, 6, 30))


def _half_heads(deployment: Deployment, is_long: bool) -> None:
    held.hold(deployment.port, 300 if is_long else 10, held.HALF_HEAD, _seconds(is_long, 6, 30))


def _slow_readers(deployment: Deployment, is_long: bool) -> None:
    held.hold(deployment.port, 300 if is_long else 10, held.MANY_PAGES, _seconds(is_long, 6, 30))


def _locked(deployment: Deployment, is_long: bool) -> None:
    database.lock_orders(os.environ["DATABASE_URL"], _seconds(is_long, 6, 20))


def _read_only(deployment: Deployment, is_long: bool) -> None:
    database.read_only(os.environ["DATABASE_URL"], _seconds(is_long, 6, 30))


def _exhausted(deployment: Deployment, is_long: bool) -> None:
    database.exhaust(os.environ["DATABASE_URL"], _seconds(is_long, 6, 30))


def _restarted(deployment: Deployment, is_long: bool) -> None:
    for _ in range(3 if is_long else 1):
        deployment.scene.restart_database(away_seconds=2)
        time.sleep(3)


def _broker_away(deployment: Deployment, is_long: bool) -> None:
    restart = deployment.scene.stand.restart_broker
    assert restart is not None
    restart(away_seconds=_seconds(is_long, 20, 300))


def _one_frozen(deployment: Deployment, is_long: bool) -> None:
    frozen = deployment.workers[0]
    frozen.send_signal(signal.SIGSTOP)
    try:
        time.sleep(_seconds(is_long, 20, 105))
    finally:
        frozen.send_signal(signal.SIGCONT)


def _only_one_frozen(deployment: Deployment, is_long: bool) -> None:
    """Expect the frozen worker in /readyz, which stays 200, and an open alarm."""
    from integration.models import Alarm

    def is_told() -> bool:
        status, body = deployment.get("/readyz")
        stalled = body.get("stalled") if isinstance(body, dict) else None
        return status == 200 and bool(stalled) and Alarm.objects.filter(resolved_at=None).exists()

    worker = deployment.workers[0]
    worker.send_signal(signal.SIGSTOP)
    try:
        until("the stalled worker in /readyz and an alarm", is_told, _ALARM_SECONDS)
    finally:
        worker.send_signal(signal.SIGCONT)


def _overloaded(deployment: Deployment, is_long: bool) -> None:
    notes, problems = overload(deployment, _seconds(is_long, 12, 60))
    deployment.scene.notes += notes
    deployment.scene.problems += problems


def _seconds(is_long: bool, short: float, long: float) -> float:
    return long if is_long else short


def _run(attack: Attack, limits: Limits, workers: int, *, waiting: bool) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        deployment = Deployment(scene, workers=workers)
        started, before = time.monotonic(), scene.processes.log_lines()
        lines: dict[str, float] = {}
        scene.count_with(lambda outcome: count(outcome, deployment, limits, lines))
        deployment.start_loads()
        if waiting:
            deployment.place_waiting_orders()
        try:
            attack(deployment, scene.size.is_long)
            _recover(deployment)
        except TimedOut as timeout:
            scene.problems.append(str(timeout))
        finally:
            deployment.stop_loads()
        if waiting:
            _await_decisions(deployment)
        seconds = time.monotonic() - started
        for name, number in scene.processes.log_lines().items():
            lines[name] = (number - before.get(name, 0)) / seconds
        connections.close_all()

    return run


def _recover(deployment: Deployment) -> None:
    """Wait until the orders are answered with 200 again, which must be soon."""
    before = len(deployment.orders.answers)
    until(
        "orders answered again",
        lambda: any(answer.status == 200 for answer in deployment.orders.answers[before:]),
        _RECOVERY_SECONDS,
    )
    time.sleep(1)


def _await_decisions(deployment: Deployment) -> None:
    """Wait for the decisions; the count tells which are late or missing."""
    try:
        until("decisions", deployment.has_told_all, _DECISIONS_SECONDS)
    except TimedOut as timeout:
        deployment.scene.problems.append(str(timeout))


def fault(
    name: str,
    attack: Attack,
    limits: Limits = Limits(),  # noqa: B008  # Frozen.
    *,
    workers: int = 1,
    waiting: bool = False,
) -> Fault:
    run = _run(attack, limits, workers, waiting=waiting)
    return Fault(f"service: {name}", run, only_on=OWN_SERVERS)


FAULTS = [
    fault("half bodies", _half_bodies),
    fault("half heads", _half_heads),
    fault("slow readers", _slow_readers),
    fault("orders locked", _locked, _BUSY),
    fault("read-only database", _read_only, _BUSY),
    fault("connections exhausted", _exhausted, _BUSY),
    fault("database restarted", _restarted, _BUSY),
    fault("broker away", _broker_away, waiting=True),
    fault("one of two workers frozen", _one_frozen, workers=2, waiting=True),
    fault("overload", _overloaded, Limits(busy=True, order_p99_seconds=1.2)),
    fault("only worker frozen", _only_one_frozen, waiting=True),
]
