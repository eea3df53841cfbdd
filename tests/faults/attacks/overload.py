"""Five times the orders that the service can take, by clients that give up after 1.2 seconds."""

import threading
import time

from tests.faults.service.deployment import Deployment
from tests.faults.service.flood import Answer, Plan, run
from tests.faults.service.load import NO_ANSWER, Load, percentile

_PATIENCE_SECONDS = 1.2
_FACTOR, _MEASURED_SECONDS, _CONNECTIONS = 5, 3, 400
# The generator shares the cores with the service.
_SHARE_IN_TIME = 0.6
_SHARE_FOR_GONE = 0.01
_RECOVERY_SECONDS, _RECOVERED_SECONDS = 2, 2
_FIRST_NUMBER = {"measured": 1_000_000, "offered": 2_000_000}


def overload(deployment: Deployment, seconds: float) -> tuple[list[str], list[str]]:
    """Measure the capacity and exceed it; return notes and problems."""
    capacity = _capacity(deployment)
    cost, answers = run(
        Plan(
            port=deployment.port,
            rate=_FACTOR * capacity,
            seconds=seconds,
            patience_seconds=_PATIENCE_SECONDS,
            connections=_CONNECTIONS,
            request=deployment.restaurant.request_text(),
            first_number=_FIRST_NUMBER["offered"],
        )
    )
    notes, problems = _judged(deployment, answers, capacity, seconds)
    notes.append(f"generator {100 * cost / seconds:.0f} % of a processor")
    return notes, problems + _not_recovered(deployment)


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
    in_time = [a for a in answers if a.status == 200 and a.seconds <= _PATIENCE_SECONDS]
    busy = [a for a in answers if a.status == 503]
    gone = [a for a in answers if a.status == NO_ANSWER]
    stored = deployment.stored()
    for_busy = sum(deployment.restaurant.mark(answer.number) in stored for answer in busy)
    for_gone = sum(deployment.restaurant.mark(answer.number) in stored for answer in gone)
    others = len(answers) - len(in_time) - len(busy) - len(gone)
    rate = len(in_time) / seconds
    notes = [
        f"capacity {capacity:.0f}/s",
        f"offered {len(answers) / seconds:.0f}/s",
        f"in time {rate:.0f}/s ({100 * rate / capacity:.0f} %)",
        f"{len(busy)} busy, p99 {1000 * percentile(busy, 0.99):.0f} ms",
        f"{len(gone)} gone, {sum(answer.is_dropped for answer in gone)} of them dropped",
        f"{for_gone} stored for those",
    ]
    findings = {
        "less than 60 % of the capacity was answered in time": rate < _SHARE_IN_TIME * capacity,
        f"{for_busy} stored although answered 503": for_busy,
        f"{for_gone} stored for clients that had gone": for_gone > _SHARE_FOR_GONE * len(in_time),
        f"{len(gone)} clients waited in vain": len(gone) > _SHARE_FOR_GONE * len(answers),
        f"{others} answered late or otherwise": others,
        "503 without Retry-After": any(not answer.retry_after for answer in busy),
    }
    return notes, [problem for problem, is_found in findings.items() if is_found]


def _not_recovered(deployment: Deployment) -> list[str]:
    """Check that the other orders are answered as before, from two seconds after the end on."""
    time.sleep(_RECOVERY_SECONDS)
    recovered = time.monotonic()
    time.sleep(_RECOVERED_SECONDS)
    answers = deployment.orders.due_since(recovered)
    late = [answer for answer in answers if answer.status != 200 or answer.seconds > 1]
    if answers and not late:
        return []
    return [f"{len(late)} of {len(answers)} orders not answered {_RECOVERY_SECONDS} s later"]
