"""The count of a run: what the other merchant, the probes and Stream got out of the service."""

from dataclasses import dataclass

from tests.faults.stage.counts import Outcome

from .deployment import Deployment
from .load import Answer, percentile

_DECIDED_WITHIN_SECONDS = 50
_BUSY_WITHIN_SECONDS = 1.5
_LINES_PER_SECOND = 2


@dataclass(frozen=True)
class Limits:
    """The limits of a run; with `busy`, a quick 503 with Retry-After is an answer."""

    busy: bool = False
    order_p99_seconds: float = 1.0
    probe_p99_seconds: float = 0.1
    delivery_p99_seconds: float | None = None  # Of staff's decisions; None without staff.


def count(
    outcome: Outcome, deployment: Deployment, limits: Limits, lines: dict[str, float]
) -> None:
    """Fill in the outcome: received are the 200s, given up the 503s, lost the rest."""
    answers = list(deployment.orders.answers)
    good = [answer for answer in answers if answer.status == 200]
    busy = [answer for answer in answers if answer.status == 503]
    stored = deployment.stored()
    marks = {deployment.restaurant.mark(answer.number) for answer in good}
    refused = {deployment.restaurant.mark(answer.number) for answer in busy}
    outcome.sent, outcome.received, outcome.ended = len(answers), len(good), len(busy)
    outcome.lost = len(marks - set(stored))
    outcome.duplicates = sum(times - 1 for times in stored.values())
    probe_p99 = percentile(deployment.probes.answers, 0.99)
    outcome.notes += [
        f"answered {100 * len(good) / max(1, len(answers)):.1f} %",
        f"p50 {1000 * percentile(answers, 0.5):.0f} ms",
        f"p99 {1000 * percentile(answers, 0.99):.0f} ms",
        f"healthz p99 {1000 * probe_p99:.0f} ms",
        *(f"{name} {rate:.1f} lines/s" for name, rate in sorted(lines.items())),
    ]
    findings = {
        "orders without an answer": sum(not answer.status for answer in answers),
        "orders answered with another status": _others(answers),
        "orders answered 503": 0 if limits.busy else len(busy),
        "503 without Retry-After or late": sum(not _is_quick(answer) for answer in busy),
        "stored although answered 503": len(refused & set(stored)),
        "decisions late or untold": _undecided(outcome, deployment),
        "events expired": _expired(),
        "reads answered neither 200 nor 503 in time": sum(
            answer.status != 200 and not (answer.status == 503 and _is_quick(answer))
            for answer in deployment.reads.answers
        ),
    }
    outcome.problems += [f"{number} {what}" for what, number in findings.items() if number]
    outcome.problems += _slow(good, probe_p99, limits)
    if limits.delivery_p99_seconds is not None:
        _judge_deliveries(outcome, deployment, limits.delivery_p99_seconds)
    outcome.problems += [
        f"{name} wrote {rate:.1f} lines a second"
        for name, rate in lines.items()
        if rate > _LINES_PER_SECOND
    ]


def _others(answers: list[Answer]) -> int:
    return sum(answer.status not in (0, 200, 503) for answer in answers)


def _is_quick(answer: Answer) -> bool:
    return answer.retry_after is not None and answer.seconds <= _BUSY_WITHIN_SECONDS


def _slow(good: list[Answer], probe_p99: float, limits: Limits) -> list[str]:
    problems = []
    if percentile(good, 0.99) > limits.order_p99_seconds:
        problems.append(f"p99 of orders over {limits.order_p99_seconds:.0f} s")
    if probe_p99 > limits.probe_p99_seconds:
        problems.append(f"p99 of /healthz over {1000 * limits.probe_p99_seconds:.0f} ms")
    return problems


def _judge_deliveries(outcome: Outcome, deployment: Deployment, most_seconds: float) -> None:
    latencies = sorted(deployment.staff.latencies(deployment.arrivals))
    if not latencies:
        outcome.problems.append("staff decided nothing")
        return
    p99 = latencies[min(len(latencies) - 1, int(0.99 * len(latencies)))]
    outcome.notes.append(f"{len(latencies)} deliveries, p99 {1000 * p99:.0f} ms")
    if p99 > most_seconds:
        outcome.problems.append(f"p99 of deliveries over {most_seconds:.0f} s")


def _expired() -> int:
    from integration.models import OutboundEvent

    return OutboundEvent.objects.filter(ending=OutboundEvent.Ending.EXPIRED).count()


def _undecided(outcome: Outcome, deployment: Deployment) -> int:
    """Count the waiting orders whose decision did not reach the receiver in time."""
    from integration.models import OutboundEvent
    from orders.lifecycle.stream_notifier import order_id_of
    from orders.models import Order

    events = OutboundEvent.objects.filter(event_type__in=["order.accepted", "order.rejected"])
    told = {str(order_id_of(event)): str(event.public_id) for event in events}
    late = 0
    waiting = list(Order.objects.filter(location=deployment.restaurant.manual))
    for order in waiting:
        arrival = deployment.arrivals.get(told.get(str(order.pk), ""))
        due = order.created_at.timestamp() + _DECIDED_WITHIN_SECONDS
        late += arrival is None or arrival > due
    if waiting:
        outcome.notes.append(f"{len(waiting) - late} of {len(waiting)} decisions in time")
    return late
