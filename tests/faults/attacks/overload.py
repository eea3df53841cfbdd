"""Five times the orders that the service can take, by clients that give up after 1.2 seconds."""

import threading
import time

from tests.faults.service.deployment import Deployment
from tests.faults.service.load import NO_ANSWER, Answer, Load

PATIENCE_SECONDS = 1.2
_FACTOR, _MEASURED_SECONDS, _MOST_THREADS = 5, 3, 400
# The generator shares the cores with the service.
_SHARE_IN_TIME = 0.6
_SHARE_FOR_GONE = 0.01
_FIRST_NUMBER = {"measured": 1_000_000, "offered": 2_000_000}


def overload(deployment: Deployment, seconds: float) -> tuple[list[str], list[str]]:
    """Measure the capacity and exceed it; return notes and problems."""
    capacity = _capacity(deployment)
    rate = _FACTOR * capacity
    first = _FIRST_NUMBER["offered"]
    load = Load(
        deployment.port,
        rate,
        lambda number: deployment.restaurant.call(first + number),
        threads=min(_MOST_THREADS, int(rate * PATIENCE_SECONDS) + 1),
        timeout_seconds=PATIENCE_SECONDS,
    )
    load.start()
    time.sleep(seconds)
    load.stop()
    return _judged(deployment, load.answers, capacity, seconds)


def _capacity(deployment: Deployment) -> float:
    """Return the orders answered per second in a closed loop of eight clients."""
    loops = [
        Load(
            deployment.port,
            1_000_000,  # Always due: the next call is sent when the last is answered.
            lambda number, loop=loop: deployment.restaurant.call(  # type: ignore[misc]  # Bound now.
                _FIRST_NUMBER["measured"] + 10_000 * loop + number
            ),
            threads=1,
        )
        for loop in range(8)
    ]
    for loop in loops:
        loop.start()
    time.sleep(_MEASURED_SECONDS)
    stoppers = [threading.Thread(target=loop.stop) for loop in loops]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join()
    answered = sum(answer.status == 200 for loop in loops for answer in loop.answers)
    return max(1.0, answered / _MEASURED_SECONDS)


def _judged(
    deployment: Deployment, answers: list[Answer], capacity: float, seconds: float
) -> tuple[list[str], list[str]]:
    stored = deployment.stored()
    first = _FIRST_NUMBER["offered"]
    in_time = [a for a in answers if a.status == 200 and a.seconds <= PATIENCE_SECONDS]
    busy = [a for a in answers if a.status == 503]
    gone = [a for a in answers if a.status == NO_ANSWER]
    for_busy = sum(deployment.restaurant.mark(first + a.number) in stored for a in busy)
    for_gone = sum(deployment.restaurant.mark(first + a.number) in stored for a in gone)
    rate = len(in_time) / seconds
    notes = [
        f"capacity {capacity:.0f}/s",
        f"offered {len(answers) / seconds:.0f}/s",
        f"in time {rate:.0f}/s",
        f"{len(busy)} busy",
        f"{len(gone)} gone",
        f"{for_gone} stored for those",
    ]
    findings = {
        "less than 60 % of the capacity was answered in time": rate < _SHARE_IN_TIME * capacity,
        f"{for_busy} stored although answered 503": for_busy,
        f"{for_gone} stored for clients that had gone": for_gone > _SHARE_FOR_GONE * len(answers),
        "clients waited in vain": len(gone) > _SHARE_FOR_GONE * len(answers),
    }
    return notes, [problem for problem, is_found in findings.items() if is_found]
