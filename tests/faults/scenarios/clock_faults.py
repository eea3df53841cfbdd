"""Clock faults: a receiver that is down for days, and clock jumps during an attempt."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

import time_machine

from tests.faults.receivers.behaviors import misbehave_first, statuses
from tests.faults.receivers.receiver import Exchange
from tests.faults.stage.scene import Fault, Run, Scene, all_finished
from tests.faults.stage.writer import Writer

_HOUR = timedelta(hours=1)
# The product's schedule: fifteen attempts over three days. The suite itself uses a shorter one.
PRODUCTS_SCHEDULE = [
    *(2, 5, 15, 30, 60, 120),
    *(300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
]


def _travel(scene: Scene) -> time_machine.Traveller:
    traveller: time_machine.Traveller = scene.enter(
        time_machine.travel(datetime.now(UTC), tick=True)
    )
    return traveller


def _use_shipped_settings(scene: Scene) -> None:
    scene.change_settings(WEBHOOK_RETRY_SECONDS=PRODUCTS_SCHEDULE, WEBHOOK_BREAKER_FAILURES=10)


def _advance(
    scene: Scene, clock: time_machine.Traveller, hours: float, at_step: Callable[[], None]
) -> None:
    """Advance the clock in steps and run the scheduler at each, as it runs every second."""
    from integration import tasks

    step = timedelta(minutes=scene.size.clock_step_minutes)
    for _ in range(int(hours * _HOUR / step)):
        clock.shift(step)
        at_step()
        tasks.deliver_due()


def _until_all_finished(scene: Scene, clock: time_machine.Traveller, hours: float) -> None:
    _advance(scene, clock, hours, lambda: None)
    if not all_finished():
        scene.problems.append(f"events are still waiting {hours:g} hours later")


def _three_days(scene: Scene) -> None:
    """Receiver down for 72 hours; most keys get events meanwhile, some only at the start."""
    clock = _travel(scene)
    _use_shipped_settings(scene)
    scene.receiver.down()
    quiet = Writer(scene.stand.merchant_id, [f"quiet-{number}" for number in range(4)])
    quiet.write(1)
    scene.committed_elsewhere = quiet.committed
    scene.write_all()
    steps = 72 * 60 // scene.size.clock_step_minutes
    write_at = set(random.Random(3).sample(range(steps), 6))
    count = iter(range(steps))

    def write_some() -> None:
        if next(count) in write_at:
            scene.writer.write(1)

    _advance(scene, clock, 72, write_some)
    scene.receiver.up()
    _until_all_finished(scene, clock, 1)


def _one_event(jitter: Callable[[float, float], float]) -> Run:
    """A single event, for 72 hours, with every wait as long or as short as jitter allows."""

    def run(scene: Scene) -> None:
        clock = _travel(scene)
        _use_shipped_settings(scene)
        scene.receiver.down()
        alone = Writer(scene.stand.merchant_id, ["alone"])
        alone.write(1)
        scene.committed_elsewhere = alone.committed
        with mock.patch.object(random, "uniform", jitter):
            _advance(scene, clock, 72, lambda: None)
        scene.receiver.up()
        # Its last wait is a day long: no other event reveals that the receiver is back.
        _until_all_finished(scene, clock, 30)

    return run


def _for_good(scene: Scene) -> None:
    """Receiver down for five days: events are given up after fifteen attempts, with an alarm."""
    from integration.models import OutboundEvent

    clock = _travel(scene)
    _use_shipped_settings(scene)
    scene.receiver.down()
    alone = Writer(scene.stand.merchant_id, ["alone"])
    alone.write(1)
    scene.committed_elsewhere = alone.committed
    _advance(scene, clock, 120, lambda: None)
    scene.expected.ending, scene.expected.alarm = "tried_out", "tried_out"
    event = OutboundEvent.objects.get()
    attempts = event.attempt_count  # Early probes with it use up no place in its schedule.
    if (event.state, attempts) != ("failed", 15):
        scene.problems.append(f"after five days: {event.state} after {attempts} attempts, not 15")
    scene.receiver.up()
    scene.writer.write(1)  # Later events must arrive.
    scene.expected.alarm = "tried_out"
    _advance(scene, clock, 1, lambda: None)


def _jump(by: timedelta) -> Run:
    """Move the clock between claim and record, while the receiver handles the request."""

    def run(scene: Scene) -> None:
        clock = _travel(scene)
        jumps_made: list[int] = []

        def behave(exchange: Exchange) -> None:
            if len(scene.receiver.requests) >= 3 and not jumps_made:
                jumps_made.append(1)
                clock.shift(by)
            exchange.answer(
                503 if exchange.request.nth == 1 and exchange.request.sequence == 2 else 200
            )

        scene.receiver.behave = behave
        scene.writer.write(scene.size.per_key)
        scene.deliver_until("the jump", lambda: jumps_made)
        scene.writer.write(1)
        if by < timedelta(0):  # Events due before the jump are due again after that hour.
            _advance(scene, clock, 2, lambda: None)
        scene.deliver_all()

    return run


def _twelve_dead_workers(scene: Scene) -> None:
    """Twelve workers claim the events and die, then one answer fails: one attempt, not thirteen."""
    from integration.delivery import leases

    clock = _travel(scene)
    _use_shipped_settings(scene)
    scene.writer.write(1)
    for _ in range(12):
        leases.claim("stream", 100)
        clock.shift(leases.LEASE)
    scene.receiver.behave = misbehave_first(1, statuses(503))
    scene.deliver_until(
        "a failing answer to each event", lambda: len(scene.receiver.requests) >= scene.size.keys
    )
    _until_all_finished(scene, clock, 1)


def _swaying(scene: Scene) -> None:
    """Move the clock back and forth by seconds, hours and days while the receiver fails, too."""
    clock = _travel(scene)
    chance = random.Random(11)
    jumps = [timedelta(seconds=-30), timedelta(seconds=90), -_HOUR, _HOUR, 30 * _HOUR, -24 * _HOUR]

    def behave(exchange: Exchange) -> None:
        if chance.random() < 0.2:
            clock.shift(chance.choice(jumps))
        exchange.answer(503 if chance.random() < 0.2 else 200)

    scene.receiver.behave = behave
    scene.write_all()
    scene.deliver_until("one round", lambda: True)
    clock.shift(timedelta(days=4))
    scene.deliver_until("another round", lambda: True)
    scene.receiver.behave = lambda exchange: exchange.answer(200)
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
