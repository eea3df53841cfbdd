"""The clock is moved: three days of a receiver that is down, and jumps in the middle of a try."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

import time_machine

from tests.faults.receivers.behaviors import first, statuses
from tests.faults.receivers.receiver import Visit
from tests.faults.stage.scene import Fault, Run, Scene, all_are_over
from tests.faults.stage.writer import Writer

_HOUR = timedelta(hours=1)
# The product's own: ten tries over three days. Read before the suite shortens it.
PRODUCTS_SCHEDULE = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


def _moved(scene: Scene) -> time_machine.Traveller:
    traveller: time_machine.Traveller = scene.during(
        time_machine.travel(datetime.now(UTC), tick=True)
    )
    return traveller


def _as_shipped(scene: Scene) -> None:
    scene.setting(WEBHOOK_RETRY_SECONDS=PRODUCTS_SCHEDULE, WEBHOOK_BREAKER_FAILURES=10)


def _pass(
    scene: Scene, clock: time_machine.Traveller, hours: float, at_step: Callable[[], None]
) -> None:
    """Lets so many hours go by in steps; at each the scheduler runs, as it does every second."""
    from integration import tasks

    step = timedelta(minutes=scene.size.clock_step_minutes)
    for _ in range(int(hours * _HOUR / step)):
        clock.shift(step)
        at_step()
        tasks.deliver_due()


def _until_all_are_over(scene: Scene, clock: time_machine.Traveller, hours: float) -> None:
    _pass(scene, clock, hours, lambda: None)
    if not all_are_over():
        scene.problems.append(f"events still wait {hours:g} hours later")


def _three_days(scene: Scene) -> None:
    """Down for 72 hours; most keys get events along the way, some only the one at the beginning."""
    clock = _moved(scene)
    _as_shipped(scene)
    scene.receiver.down()
    quiet = Writer(scene.stand.merchant_id, [f"quiet-{number}" for number in range(4)])
    quiet.write(1)
    scene.committed_elsewhere = quiet.committed
    scene.promise()
    steps = 72 * 60 // scene.size.clock_step_minutes
    at = set(random.Random(3).sample(range(steps), 6))
    count = iter(range(steps))

    def make_some() -> None:
        if next(count) in at:
            scene.writer.write(1)

    _pass(scene, clock, 72, make_some)
    scene.receiver.up()
    _until_all_are_over(scene, clock, 1)


def _one_event(bend: Callable[[float, float], float]) -> Run:
    """One event alone, for 72 hours; every wait as long or as short as chance allows."""

    def run(scene: Scene) -> None:
        clock = _moved(scene)
        _as_shipped(scene)
        scene.receiver.down()
        alone = Writer(scene.stand.merchant_id, ["alone"])
        alone.write(1)
        scene.committed_elsewhere = alone.committed
        with mock.patch.object(random, "uniform", bend):
            _pass(scene, clock, 72, lambda: None)
        scene.receiver.up()
        # Its last wait is a day long: a single event hears of the receiver's life by itself only.
        _until_all_are_over(scene, clock, 30)

    return run


def _for_good(scene: Scene) -> None:
    """Down for five days: each event is given up after its tries, with an alarm, or waits on."""
    from integration.models import OutboundEvent

    clock = _moved(scene)
    _as_shipped(scene)
    scene.receiver.down()
    alone = Writer(scene.stand.merchant_id, ["alone"])
    alone.write(1)
    scene.committed_elsewhere = alone.committed
    _pass(scene, clock, 120, lambda: None)
    scene.expected.ending, scene.expected.alarm = "tried_out", "tried_out"
    event = OutboundEvent.objects.get()
    tries = event.attempts.count()
    if (event.state, tries) != ("failed", 10):
        scene.problems.append(f"after five days it is {event.state} after {tries} tries, not ten")
    scene.receiver.up()
    scene.writer.write(1)  # What is made afterwards arrives.
    scene.expected.alarm = "tried_out"
    _pass(scene, clock, 1, lambda: None)


def _jump(by: timedelta) -> Run:
    """Between claim and record, while the receiver has the request in its hands."""

    def run(scene: Scene) -> None:
        clock = _moved(scene)
        jumped: list[int] = []

        def behave(visit: Visit) -> None:
            if len(scene.receiver.requests) >= 3 and not jumped:
                jumped.append(1)
                clock.shift(by)
            visit.answer(503 if visit.request.nth == 1 and visit.request.sequence == 2 else 200)

        scene.receiver.behave = behave
        scene.writer.write(scene.size.per_key)
        scene.deliver_until("the jump", lambda: jumped)
        scene.writer.write(1)
        if by < timedelta(0):  # What was due before the jump is due again when that hour is over.
            _pass(scene, clock, 2, lambda: None)
        scene.deliver_all()

    return run


def _twelve_dead_workers(scene: Scene) -> None:
    """Each takes the events and dies; then one answer is bad. That is one try, not thirteen."""
    from integration.delivery import leases

    clock = _moved(scene)
    _as_shipped(scene)
    scene.writer.write(1)
    for _ in range(12):
        leases.claim("stream", 100)
        clock.shift(leases.lease())
    scene.receiver.behave = first(1, statuses(503))
    scene.deliver_until(
        "a bad answer to each", lambda: len(scene.receiver.requests) >= scene.size.keys
    )
    _until_all_are_over(scene, clock, 1)


def _swaying(scene: Scene) -> None:
    """Forth and back again and again, by seconds, hours and days, while the receiver fails too."""
    clock = _moved(scene)
    chance = random.Random(11)
    jumps = [timedelta(seconds=-30), timedelta(seconds=90), -_HOUR, _HOUR, 30 * _HOUR, -24 * _HOUR]

    def behave(visit: Visit) -> None:
        if chance.random() < 0.2:
            clock.shift(chance.choice(jumps))
        visit.answer(503 if chance.random() < 0.2 else 200)

    scene.receiver.behave = behave
    scene.promise()
    scene.deliver_until("one round", lambda: True)
    clock.shift(timedelta(days=4))
    scene.deliver_until("another round", lambda: True)
    scene.receiver.behave = lambda visit: visit.answer(200)
    clock.shift(timedelta(days=4))
    scene.deliver_all()


FAULTS = [
    Fault("down for 72 hours", _three_days),
    Fault("down for 72 hours, shortest waits", _one_event(lambda low, high: low)),
    Fault("down for 72 hours, longest waits", _one_event(lambda low, high: high)),
    Fault("down for five days", _for_good),
    Fault("twelve dead workers, one 503", _twelve_dead_workers),
    Fault("clock jumps 72 hours ahead", _jump(72 * _HOUR)),
    Fault("clock jumps an hour back", _jump(-_HOUR)),
    Fault("clock sways", _swaying),
]
