"""Stream's events about an order, applied in the transaction that archives them (DSP-LIFE).

They may come twice, late, early and in any order. The store is locked before its order.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.db.models import BigIntegerField, CharField, QuerySet

from dsp.alarm_pages import alarm_place
from dsp.models import ChannelOrder, ChannelOrderEvent, ReceivedEvent, Store
from dsp.stores import turned_away
from integration.db import database_time
from integration.db.compiled import CompiledQuery, ListParameter, Parameter
from integration.models import Alarm
from integration.monitoring import alarms
from integration.webhooks import outbox

from . import failure_reasons, handover, refunds, transitions
from .effects import FOREIGN_STATES, Effect, effect_of
from .reports import Report
from .transitions import STREAM

State, Outcome = ChannelOrder.State, ReceivedEvent.Outcome

_TEXT_LENGTH = 4_000
_MADE = "The kitchen makes it although it has ended."


class UnknownOrder(Exception):
    """The store has no such order."""


def apply(store: Store, report: Report, received: ReceivedEvent) -> str:
    """Apply what Stream says about an order of the locked store; return the event's outcome.

    `received` is the event's archived row, perhaps not saved yet. Raises UnknownOrder.
    """
    order = next(_ORDER.objects(store=store.pk, provider_id=report.order_id), None)
    if order is None:
        turned_away.end(store)
        raise UnknownOrder("There is no such order.")
    order.store = store
    now = database_time.now()
    before = order.state
    _count_as_taken_over(order, now)
    if _is_repeat(order, report):
        return Outcome.NOTED if order.state == before else Outcome.APPLIED
    turned_away.end(store)
    before = order.state
    effect = effect_of(report.kind, before)
    _APPLY[effect](order, report, now)
    if effect is Effect.FAIL:
        failure_reasons.follow(store, report, received, now)
    if before == State.UNCONFIRMED and order.state != before:
        _resolve_unheard(order)
    return Outcome.NOTED if order.state == before else Outcome.APPLIED


def lock_several(stores: Iterable[Store], order_ids: Collection[str]) -> None:
    """Lock orders of these locked stores, or raise OperationalError at once if one is locked.

    One order of theirs needs no call: `apply` waits for it.
    """
    _ORDERS.rows(stores=[store.pk for store in stores], provider_ids=order_ids)


def _order() -> "QuerySet[ChannelOrder]":
    """Select an order without what was ordered, which is most of its row."""
    return (
        ChannelOrder.objects.filter(
            store_id=Parameter("store", BigIntegerField()),
            provider_id=Parameter("provider_id", CharField()),
        )
        .select_for_update()
        .defer(*ChannelOrder.HEAVY)
        .order_by()
    )


def _several_orders() -> "QuerySet[ChannelOrder, tuple[object, ...]]":
    return (
        ChannelOrder.objects.filter(
            store_id__among=ListParameter("stores", BigIntegerField()),
            provider_id__among=ListParameter("provider_ids", CharField()),
        )
        .select_for_update(nowait=True)
        .order_by("pk")
        .values_list("pk")
    )


def _counted() -> "QuerySet[ChannelOrderEvent, tuple[object, ...]]":
    """Select the states after the steps of an order that an event with this content caused."""
    return (
        ChannelOrderEvent.objects.filter(
            order_id=Parameter("order", BigIntegerField()),
            digest=Parameter("digest", CharField()),
        )
        .order_by()
        .values_list("state")
    )


_ORDER, _ORDERS, _COUNTED = map(CompiledQuery, (_order, _several_orders, _counted))


def _is_repeat(order: ChannelOrder, report: Report) -> bool:
    """Return True for an event that counted; one that came before Stream had the order did not."""
    states = [state for (state,) in _COUNTED.rows(order=order.pk, digest=report.digest)]
    if order.state in FOREIGN_STATES:
        return bool(states)
    return any(state not in FOREIGN_STATES for state in states)


def _count_as_taken_over(order: ChannelOrder, now: datetime) -> None:
    """A try has begun and Stream speaks of the order, so it has it: none begins any more."""
    if order.state == State.PLACED and handover.has_begun(order):
        assert order.outbound_event_id is not None
        outbox.record_arrival(order.outbound_event_id)
        order.sent_at = now
        transitions.move(order, State.SENT, STREAM, now)


def _accept(order: ChannelOrder, report: Report, now: datetime) -> None:
    order.accepted_at, order.accept_count = now, order.accept_count + 1
    order.ready_at = report.ready_at or order.ready_at
    failure_reasons.restore_trust(order.store)
    _move(order, State.ACCEPTED, report, now, "The restaurant has accepted the order.")


def _accept_again(order: ChannelOrder, report: Report, now: datetime) -> None:
    detail, warning = "", ""
    if order.state == State.ACCEPTED and report.ready_at not in (None, order.ready_at):
        assert report.ready_at is not None
        order.ready_at, detail = report.ready_at, "The restaurant has changed the time."
    if handover.was_repeated(order):
        order.accept_count += 1
        warning = "Accepted again, and it was sent more than once: the kitchen may have it twice."
    order.save(update_fields=["ready_at", "accept_count"])
    _note(order, report, now, detail=detail, staff_detail=warning)


def _ready(order: ChannelOrder, report: Report, now: datetime) -> None:
    _move(order, State.READY, report, now, "The order is ready.")


def _out_for_delivery(order: ChannelOrder, report: Report, now: datetime) -> None:
    _move(order, State.OUT_FOR_DELIVERY, report, now, "The order is on its way.")


def _complete(order: ChannelOrder, report: Report, now: datetime) -> None:
    _move(order, State.COMPLETED, report, now, "The order is done.")


def _fail(order: ChannelOrder, report: Report, now: datetime) -> None:
    order.failure_reason = (report.reason or "unknown")[:100]
    order.failure_message = _for_staff(report)
    refunds.owe(order, order.failure_reason)
    _move(order, State.FAILED, report, now, "The restaurant could not take the order.")


def _cancel(order: ChannelOrder, report: Report, now: datetime) -> None:
    order.failure_reason = "canceled"
    refunds.owe(order, order.failure_reason)
    _move(order, State.CANCELED, report, now, "The restaurant has canceled the order.")


def _only_note(order: ChannelOrder, report: Report, now: datetime) -> None:
    _note(order, report, now, staff_detail=f"Stream: {report.status or report.kind}.")


def _let_staff_decide(order: ChannelOrder, report: Report, now: datetime) -> None:
    _note(
        order,
        report,
        now,
        staff_detail=f"Stream: {report.kind}, after it was completed. {_for_staff(report)}"
        " Decide whether to refund it.",
    )


def _cancel_once_more(order: ChannelOrder, report: Report, now: datetime) -> None:
    if not order.history.filter(staff_detail__startswith=_MADE).exists():
        handover.owe_cancelation(order, now, source="dsp", reason="other")
    _note(order, report, now, staff_detail=f"{_MADE} Stream: {report.status or report.kind}.")
    alarms.raise_alarm(
        Alarm.Kind.MADE,
        endpoint=alarm_place(order.store),
        merchant_id=order.merchant_id,
        message=f"{order.store.name} makes order {order.number} ({order.provider_id}) although it"
        " has ended. Stream was told once more: call the restaurant.",
    )


def _warn_of_foreign(order: ChannelOrder, report: Report, now: datetime) -> None:
    _note(order, report, now, staff_detail=f"Stream: {report.kind}, but it was not sent this yet.")
    alarms.raise_alarm(
        Alarm.Kind.FOREIGN,
        endpoint=alarm_place(order.store),
        merchant_id=order.merchant_id,
        message=f"Stream reports on order {order.provider_id} of {order.store.name}, which it was"
        " not sent. Nothing was changed: ask whether another channel uses our ids.",
    )


_APPLY: dict[Effect, Callable[[ChannelOrder, Report, datetime], None]] = {
    Effect.ACCEPT: _accept,
    Effect.ACCEPT_AGAIN: _accept_again,
    Effect.READY: _ready,
    Effect.OUT_FOR_DELIVERY: _out_for_delivery,
    Effect.COMPLETE: _complete,
    Effect.FAIL: _fail,
    Effect.CANCEL: _cancel,
    Effect.NOTE: _only_note,
    Effect.STAFF_DECIDE: _let_staff_decide,
    Effect.MADE: _cancel_once_more,
    Effect.FOREIGN: _warn_of_foreign,
}


def _move(
    order: ChannelOrder, state: ChannelOrder.State, report: Report, now: datetime, detail: str
) -> None:
    transitions.move(
        order,
        state,
        STREAM,
        now,
        detail=detail,
        staff_detail=_for_staff(report),
        digest=report.digest,
    )


def _note(
    order: ChannelOrder, report: Report, now: datetime, *, detail: str = "", staff_detail: str = ""
) -> None:
    transitions.note(
        order, STREAM, now, detail=detail, staff_detail=staff_detail, digest=report.digest
    )


def _for_staff(report: Report) -> str:
    """Return the texts that Stream sent with a failure; guests do not see them."""
    ids = f" ({', '.join(report.invalid_ids)})" if report.invalid_ids else ""
    return f"{report.reason} {report.message}{ids}".strip()[:_TEXT_LENGTH]


def _resolve_unheard(order: ChannelOrder) -> None:
    """End the store's alarm once it has answered every order."""
    waiting = ChannelOrder.objects.filter(store=order.store, state=State.UNCONFIRMED, ended_at=None)
    if not waiting.exists():
        alarms.resolve(Alarm.Kind.UNHEARD, endpoint=alarm_place(order.store))
