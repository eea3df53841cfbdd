"""Whatever may hold up a service, while another merchant's orders come in."""

import signal
import time
from collections.abc import Callable

from django.db import connections

from tests.faults.attacks import connections as held
from tests.faults.attacks.overload import overload
from tests.faults.servers.processes import TimedOut, until
from tests.faults.service.deployment import Deployment
from tests.faults.service.verdict import Limits, count
from tests.faults.stage.scene import Fault, Scene
from tests.faults.stage.stand_names import OWN_SERVERS

_ALARM_SECONDS = 15
_RECOVERY_SECONDS = 5
_DECISIONS_SECONDS = 40
_SETTLED_ORDERS = 15

Attack = Callable[[Deployment, bool], None]


def _half_bodies(deployment: Deployment, is_long: bool) -> None:
    _hold(deployment, held.HALF_BODY, is_long)


def _half_heads(deployment: Deployment, is_long: bool) -> None:
    _hold(deployment, held.HALF_HEAD, is_long)


def _slow_readers(deployment: Deployment, is_long: bool) -> None:
    assert held.large_file_bytes(deployment.port) > 1_000_000, "the file is no longer large"
    _hold(deployment, held.LARGE_FILES, is_long)


def _hold(deployment: Deployment, sent: bytes, is_long: bool) -> None:
    number = 300 if is_long else 10
    opened = held.hold(deployment.port, number, sent, seconds(is_long, 12, 30))
    deployment.scene.notes.append(f"{number} connections, opened {opened} times")


def _broker_away(deployment: Deployment, is_long: bool) -> None:
    """Stop Redis; staff decide meanwhile, so that events are owed."""
    restart = deployment.scene.stand.restart_broker
    assert restart is not None
    deployment.staff.start()
    restart(away_seconds=seconds(is_long, 20, 300))
    deployment.staff.stop()


def _one_frozen(deployment: Deployment, is_long: bool) -> None:
    frozen = deployment.workers[0]
    frozen.send_signal(signal.SIGSTOP)
    try:
        time.sleep(seconds(is_long, 20, 105))
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
    notes, problems = overload(deployment, seconds(is_long, 12, 60))
    deployment.scene.notes += notes
    deployment.scene.problems += problems


def seconds(is_long: bool, short: float, long: float) -> float:
    """Return how long the fault lasts, by the form of the suite."""
    return long if is_long else short


def _run(attack: Attack, limits: Limits, workers: int, *, waiting: bool) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        deployment = Deployment(scene, workers=workers)
        started, before = time.monotonic(), scene.processes.log_lines()
        lines: dict[str, float] = {}
        scene.count_with(lambda outcome: count(outcome, deployment, limits, lines))
        deployment.start_loads()
        try:
            if waiting:
                deployment.place_waiting_orders()
            attack(deployment, scene.size.is_long)
            _recover(deployment)
        except TimedOut as timeout:
            scene.problems.append(str(timeout))
        finally:
            deployment.stop_loads()
        if waiting:
            _await_decisions(deployment)
        passed = time.monotonic() - started
        for name, number in scene.processes.log_lines().items():
            lines[name] = (number - before.get(name, 0)) / passed
        connections.close_all()

    return run


def _recover(deployment: Deployment) -> None:
    """Wait until the orders are answered with 200 again, which must be soon, and then always."""
    started, before = time.monotonic(), len(deployment.orders.answers)

    def recent() -> list[int]:
        return [answer.status for answer in deployment.orders.answers[before:]]

    until("orders answered again", lambda: 200 in recent(), _RECOVERY_SECONDS)
    deployment.scene.notes.append(f"recovered in {time.monotonic() - started:.1f} s")
    time.sleep(2)
    last = recent()[-_SETTLED_ORDERS:]
    if set(last) != {200}:
        deployment.scene.problems.append(f"{len(last) - last.count(200)} orders not answered after")


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
    """Return the fault `service: name`: the attack on a service with so many workers.

    With `waiting`, orders wait for a decision meanwhile.
    """
    run = _run(attack, limits, workers, waiting=waiting)
    return Fault(f"service: {name}", run, only_on=OWN_SERVERS, shares=True)


FAULTS = [
    fault("half bodies", _half_bodies),
    fault("half heads", _half_heads),
    fault("slow readers", _slow_readers),
    fault("broker away", _broker_away, Limits(delivery_p99_seconds=3.0), waiting=True),
    fault("overload", _overloaded, Limits(busy=True, order_p99_seconds=1.2)),
    fault("only worker frozen", _only_one_frozen, waiting=True),
    fault("one of two workers frozen", _one_frozen, workers=2, waiting=True),
]
