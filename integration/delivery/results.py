"""Writes down, a batch at a time, what came of tries, and what follows from it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integration.models import Alarm, DeliveryAttempt, DeliveryTally, OutboundEvent
from integration.monitoring import alarms
from integration.monitoring import statistics as delivery_statistics
from integration.webhooks import expiry, listeners

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
    """One try of a claimed event, and what came of it."""

    event: OutboundEvent
    answer: Answer
    started_at: datetime
    duration_ms: int
    is_probe: bool = False


@transaction.atomic
def record(results: list[Result]) -> None:
    """Writes attempts, the events' new states, the tallies and the receivers' states.

    A try whose lease was lost meanwhile counts no more: another worker holds the event.
    """
    now = timezone.now()
    rows = OutboundEvent.objects.filter(pk__in=[result.event.pk for result in results])
    held = {row.pk: row for row in rows.order_by("pk").select_for_update()}
    mine = [result for result in results if _is_ours(held.get(result.event.pk), result)]
    if not mine:
        return
    DeliveryAttempt.objects.bulk_create([_attempt(result) for result in mine])
    kinds = {id(result): retry_policy.verdict(result.answer) for result in mine}
    _arrived([held[r.event.pk] for r in mine if kinds[id(r)] is Verdict.ARRIVED], now)
    _failed([(held[r.event.pk], r) for r in mine if kinds[id(r)] is not Verdict.ARRIVED], now)
    delivery_statistics.add(
        (r.event.endpoint, _OUTCOMES[kinds[id(r)]], r.duration_ms) for r in mine
    )
    _tell_breakers(mine, [kinds[id(r)] for r in mine], now)


def _is_ours(row: OutboundEvent | None, result: Result) -> bool:
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


def _arrived(rows: list[OutboundEvent], now: datetime) -> None:
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
    listeners.tell(rows)


def _failed(tries: list[tuple[OutboundEvent, Result]], now: datetime) -> None:
    if not tries:
        return
    ended: dict[OutboundEvent.Ending, list[OutboundEvent]] = defaultdict(list)
    for row, result in tries:
        row.claim = row.leased_until = None
        # Stopped or taken back while it was under way: it stays so.
        ending = _next(row, result, now) if row.state == State.WAITING else None
        if ending is not None:
            ended[ending].append(row)
    fields = ["claim", "leased_until", "due_at", "asked_until", "expires_at", "attempt_count"]
    OutboundEvent.objects.bulk_update([row for row, _ in tries], fields)
    answers = {row.pk: result.answer for row, result in tries}
    for ending, rows in sorted(ended.items()):  # Alarms are locked in one order everywhere.
        expiry.end(rows, ending, now)
        _sound(ending, rows, answers)


def _next(row: OutboundEvent, result: Result, now: datetime) -> OutboundEvent.Ending | None:
    """Sets on the row what it does next; or says how it ends.

    Only here is a try charged: one whose worker died before it could say anything is none.
    """
    verdict = retry_policy.verdict(result.answer)
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
        return None  # Asked before its time: its own next try stays where it was.
    following = retry_policy.after_trouble(row, result.answer, now)
    if following.due_at is not None:
        row.due_at, row.asked_until = following.due_at, following.asked_until
        row.attempt_count -= 0 if following.is_charged else 1
    return following.ending


def _sound(
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
        alarms.sound(kind, endpoint=endpoint, merchant_id=merchant_id, message=message, times=count)


def _message(kind: Alarm.Kind, row: OutboundEvent, answer: Answer) -> str:
    said = f"{row.event_type} for {row.location_id}"
    what = answer.status_code or answer.error
    if kind == Alarm.Kind.REFUSED:
        return (
            f"{said} was refused with {what}. It is not sent again by itself: look at what the"
            " receiver answered, mend the cause, then send it again."
        )
    return (
        f"{said} was given up after its last try ({what}). Stream does not know of this change:"
        " send it again when the receiver works."
    )


def _tell_breakers(results: list[Result], verdicts: list[Verdict], now: datetime) -> None:
    """A refusal, too, is a sign of life."""
    alive: set[str] = set()
    failures: dict[str, list[Result]] = defaultdict(list)  # Since the last sign of life.
    for result, verdict in zip(results, verdicts, strict=True):
        endpoint = result.event.endpoint
        if verdict is Verdict.TROUBLE:
            failures[endpoint].append(result)
        else:
            alive.add(endpoint)
            failures.pop(endpoint, None)
    news = circuit_breaker.awaiting_success(alive, now) if alive else set()
    for endpoint in sorted(news | failures.keys()):  # Two workers lock them in the same order.
        if endpoint in news:
            circuit_breaker.note_success(endpoint, now)
        if endpoint in failures:
            _note_failures(endpoint, failures[endpoint], now)


def _note_failures(endpoint: str, failures: list[Result], now: datetime) -> None:
    last = failures[-1].answer
    waits = [retry_policy.asked_wait(result.answer.retry_after, now) for result in failures]
    circuit_breaker.note_failures(
        endpoint,
        len(failures),
        last.error or f"It answered {last.status_code}.",
        now,
        was_probed=any(result.is_probe for result in failures),
        asked_wait=max((wait for wait in waits if wait is not None), default=None),
    )
