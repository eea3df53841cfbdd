"""Recording of attempts, a batch at a time, with everything that follows from them."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from integration.db import database_time
from integration.models import Alarm, DeliveryAttempt, DeliveryTally, OutboundEvent
from integration.monitoring import alarms
from integration.monitoring import statistics as delivery_statistics
from integration.webhooks import endpoints, event_types, expiry, listeners

from . import circuit_breaker, retry_policy
from .retry_policy import Verdict
from .transport import Answer

State, Ending = OutboundEvent.State, OutboundEvent.Ending
Outcome = DeliveryTally.Outcome

_OUTCOMES = {
    Verdict.ARRIVED: Outcome.DELIVERED,
    Verdict.REFUSED: Outcome.REFUSED,
    Verdict.GONE: Outcome.REFUSED,
    Verdict.TROUBLE: Outcome.FAILED,
}
_ALARMS = {Ending.REFUSED: Alarm.Kind.REFUSED, Ending.TRIED_OUT: Alarm.Kind.TRIED_OUT}


@dataclass(frozen=True)
class Result:
    """One attempt to send a claimed event, and its answer."""

    event: OutboundEvent
    answer: Answer
    started_at: datetime
    duration_ms: int
    is_probe: bool = False


@transaction.atomic
def record(results: list[Result]) -> None:
    """Write attempts, the events' new states, the tallies and the endpoints' states.

    An attempt whose lease was lost meanwhile does not count: another worker holds the event.
    """
    now = database_time.now()
    rows = OutboundEvent.objects.filter(pk__in=[result.event.pk for result in results])
    current = {row.pk: row for row in rows.order_by("pk").select_for_update()}
    counted = [
        result for result in results if _is_still_leased(current.get(result.event.pk), result)
    ]
    if not counted:
        return
    DeliveryAttempt.objects.bulk_create([_attempt(result) for result in counted])
    kinds = {id(result): _verdict(result) for result in counted}
    _record_delivered(
        [current[r.event.pk] for r in counted if kinds[id(r)] is Verdict.ARRIVED], now
    )
    _record_failed(
        [(current[r.event.pk], r) for r in counted if kinds[id(r)] is not Verdict.ARRIVED], now
    )
    delivery_statistics.add(
        (r.event.endpoint, _OUTCOMES[kinds[id(r)]], r.duration_ms) for r in counted
    )
    _update_breakers(counted, [kinds[id(r)] for r in counted], now)


def _verdict(result: Result) -> Verdict:
    return retry_policy.verdict(result.answer, endpoints.rules(result.event.endpoint))


def _is_still_leased(row: OutboundEvent | None, result: Result) -> bool:
    return row is not None and row.claim is not None and row.claim == result.event.claim


def _attempt(result: Result) -> DeliveryAttempt:
    answer = result.answer
    return DeliveryAttempt(
        event_id=result.event.pk,
        number=result.event.claim_count,
        started_at=result.started_at,
        duration_ms=result.duration_ms,
        status_code=answer.status_code,
        error=_storable(answer.error)[:200],
        excerpt=_storable(answer.excerpt),
        headers=_storable(answer.headers),
        is_probe=result.is_probe,
    )


def _storable(text: str) -> str:
    return text.replace("\0", "")  # PostgreSQL stores no zero bytes.


def _record_delivered(rows: list[OutboundEvent], now: datetime) -> None:
    if not rows:
        return
    OutboundEvent.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.DELIVERED,
        ending=Ending.ARRIVED,
        finished_at=now,
        claim=None,
        leased_until=None,
        attempt_count=F("attempt_count") + 1,
    )
    for row in rows:
        row.state, row.ending = State.DELIVERED, Ending.ARRIVED
    listeners.notify_ended(rows)


def _record_failed(attempts: list[tuple[OutboundEvent, Result]], now: datetime) -> None:
    if not attempts:
        return
    ended: dict[OutboundEvent.Ending, list[OutboundEvent]] = defaultdict(list)
    for row, result in attempts:
        row.claim = row.leased_until = None
        # An event that was stopped or withdrawn while under way stays so.
        ending = _reschedule(row, result, now) if row.state == State.WAITING else None
        if ending is not None:
            ended[ending].append(row)
    fields = ["claim", "leased_until", "due_at", "asked_until", "expires_at", "attempt_count"]
    OutboundEvent.objects.bulk_update([row for row, _ in attempts], fields)
    answers = {row.pk: result.answer for row, result in attempts}
    for ending, rows in sorted(ended.items()):  # Always in the same order: alarms stay locked.
        expiry.give_up(rows, ending, now)
        _raise_alarms(ending, rows, answers)
    _warn_of_settings([result for _, result in attempts])


def _warn_of_settings(results: list[Result]) -> None:
    """Raise an alarm about each endpoint whose answer our own settings cause."""
    misdirected = {
        result.event.endpoint: result.answer.status_code
        for result in results
        if result.answer.status_code in endpoints.rules(result.event.endpoint).misdirected
    }
    for endpoint, status in sorted(misdirected.items()):
        alarms.raise_alarm(
            Alarm.Kind.REFUSED,
            endpoint=endpoint,
            message=f"The receiver “{endpoint}” answered {status}: the address or secret set here"
            " is wrong. Its events are sent again until their deadline: correct it now.",
        )


def _reschedule(row: OutboundEvent, result: Result, now: datetime) -> OutboundEvent.Ending | None:
    """Set the row's next attempt, or return how it ends.

    An attempt is charged only here: one whose worker died before recording it is free.
    """
    verdict = _verdict(result)
    if verdict is Verdict.GONE:
        row.due_at = now
        circuit_breaker.stop(row.endpoint, now)
        return None
    is_early = result.is_probe and row.due_at > now
    row.attempt_count += 0 if is_early else 1
    if verdict is Verdict.REFUSED:
        return Ending.REFUSED
    if row.expires_at is None:
        row.expires_at = now + expiry.AFTER_FIRST_FAILURE
    if is_early:
        return None  # A probe before its time: its own next attempt stays where it was.
    took = timedelta(milliseconds=result.duration_ms)
    step = retry_policy.next_step(row, result.answer, now, took)
    if step.due_at is not None:
        row.due_at, row.asked_until = step.due_at, step.asked_until
        row.attempt_count -= 0 if step.is_charged else 1
    return step.ending


def _raise_alarms(
    ending: OutboundEvent.Ending, rows: list[OutboundEvent], answers: dict[int, Answer]
) -> None:
    kind = _ALARMS.get(ending)
    if kind is None:
        return
    counts = Counter((row.endpoint, row.merchant_id) for row in rows)
    newest = {(row.endpoint, row.merchant_id): row for row in rows}
    for (endpoint, merchant_id), count in sorted(counts.items()):
        row = newest[endpoint, merchant_id]
        message = _message(kind, row, answers[row.pk])
        alarms.raise_alarm(
            kind, endpoint=endpoint, merchant_id=merchant_id, message=message, times=count
        )


def _message(kind: Alarm.Kind, row: OutboundEvent, answer: Answer) -> str:
    subject = f"{row.event_type} for {row.subject}"
    what = answer.status_code or answer.error
    if kind == Alarm.Kind.REFUSED:
        follows = event_types.get(row.event_type).after_failure
        if follows:
            return f"{subject} was refused with {what}. {follows} Check the receiver's answer."
        return (
            f"{subject} was refused with {what}. It is not retried automatically: check the"
            " receiver's answer, fix the cause, then send it again."
        )
    return (
        f"{subject} was given up after its last attempt ({what}). Stream does not have this change:"
        " send it again when the receiver works."
    )


def _update_breakers(results: list[Result], verdicts: list[Verdict], now: datetime) -> None:
    """Record success or failure of each endpoint; a refusal also shows that it works."""
    alive: set[str] = set()
    # Since the last answer that shows it works.
    failures: dict[str, list[Result]] = defaultdict(list)
    for result, verdict in zip(results, verdicts, strict=True):
        endpoint = result.event.endpoint
        if verdict is Verdict.TROUBLE:
            failures[endpoint].append(result)
        else:
            alive.add(endpoint)
            failures.pop(endpoint, None)
    recovered = circuit_breaker.awaiting_success(alive, now) if alive else set()
    for endpoint in sorted(recovered | failures.keys()):  # All workers lock them in this order.
        if endpoint in recovered:
            circuit_breaker.record_success(endpoint, now)
        if endpoint in failures:
            _record_endpoint_failures(endpoint, failures[endpoint], now)


def _record_endpoint_failures(endpoint: str, failures: list[Result], now: datetime) -> None:
    last = failures[-1].answer
    waits = [retry_policy.requested_wait(result.answer.retry_after, now) for result in failures]
    circuit_breaker.record_failures(
        endpoint,
        len(failures),
        last.error or f"It answered {last.status_code}.",
        now,
        was_probed=any(result.is_probe for result in failures),
        asked_wait=max((wait for wait in waits if wait is not None), default=None),
    )
