"""The context of the page of one order."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from dsp.admin import refund_reasons
from dsp.admin.base import local_time
from dsp.models import ChannelOrder, FulfillmentType, ReceivedEvent, Refund
from dsp.orders import handover
from dsp.orders.shown_state import shown_state
from integration import currency
from integration.admin.delivery.event_page import as_block
from integration.models import DeliveryAttempt, OutboundEvent

from . import advice, amounts

State = ChannelOrder.State
_MOST_ROWS = 300
_MOST_SEARCHED = 1_000
_ADDRESS = ("address_line_1", "address_line_2", "city", "state", "postal_code", "country")
_ACTORS = {"guest": "The guest", "stream": "Stream", "clock": "The clock"}
_GOOD = {State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY, State.COMPLETED}
_BAD = {State.UNCONFIRMED, State.FAILED, State.CANCELED, State.GIVEN_UP, State.EXPIRED}


def order_page(order: ChannelOrder) -> dict[str, Any]:
    """Build the template context in a number of queries that does not depend on the order."""
    state = shown_state(order)
    sent, events = list(_sent(order)), _received(order)
    return {
        "label": advice.label_of(state),
        "color": advice.COLORS[advice.label_of(state)],
        "advice": advice.advise(order, state),
        "lines": amounts.lines_of(order),
        "sums": amounts.sums_of(order),
        "customers": _customers(order),
        "address": _address(order),
        "erased": local_time(order.store, order.erased_at),
        "facts": [(label, value) for label, value in _facts(order) if value],
        "payment": [(label, value) for label, value in _payment(order) if value],
        "refund": refund_of(order),
        "timeline": list(_history(order)),
        "sent": sent,
        "bodies": _bodies(sent, events),
        "zone": order.store.timezone.replace("_", " "),
    }


def refund_of(order: ChannelOrder) -> dict[str, Any] | None:
    """Return the refund as texts; None if there never was one."""
    refund: Refund | None = getattr(order, "refund", None)
    if refund is None:
        return None
    done = local_time(order.store, refund.done_at)
    facts = [
        ("Amount", currency.as_text(refund.amount, refund.currency)),
        ("Why", refund_reasons.in_words(refund.reason)),
        ("ID", refund.provider_id),
        ("Owed since", local_time(order.store, refund.created_at)),
        ("Done", done),
        ("Reference", refund.reference),
    ]
    return {
        "pk": refund.pk,
        "is_due": refund.state == Refund.State.DUE,
        "title": refund_reasons.title_of(refund),
        "facts": [(label, value) for label, value in facts if value],
    }


def _customers(order: ChannelOrder) -> list[dict[str, str]]:
    if order.erased_at is not None:
        return []
    return [
        {
            "name": str(one.get("name") or "No name"),
            "phone": str(one.get("phone") or ""),
            "code": str(one.get("masked_phone_code") or ""),
            "email": str(one.get("email") or ""),
        }
        for one in order.customers or []
    ]


def _address(order: ChannelOrder) -> str:
    sent = order.delivery_address or {}
    return ", ".join(str(sent[name]) for name in _ADDRESS if sent.get(name))


def _facts(order: ChannelOrder) -> Iterator[tuple[str, str]]:
    store = order.store
    yield "Fulfillment", _fulfillment(order.fulfillment_type)
    yield "Placed", local_time(store, order.placed_at)
    yield "Requested for", local_time(store, order.requested_for)
    yield "Handed over", local_time(store, order.sent_at)
    yield "Accepted", local_time(store, order.accepted_at)
    yield "Ready at", local_time(store, order.ready_at)
    yield "Ended", local_time(store, order.ended_at)
    yield "Utensils", "Yes" if order.should_include_utensils else "No"
    yield "Brand", order.brand
    yield "Placed by", order.scope
    yield "Menu", str(order.menu_number)
    yield "ID", order.provider_id


def _fulfillment(value: str) -> str:
    return str(FulfillmentType(value).label) if value in FulfillmentType.values else value


def _payment(order: ChannelOrder) -> Iterator[tuple[str, str]]:
    if order.is_unpaid:
        yield "Paid", "At the window: not by us"
        return
    if order.payment_amount is not None:
        label = "Authorized, not captured" if order.is_authorized_only else "Paid"
        yield label, currency.as_text(order.payment_amount, order.currency)
    else:
        yield "Paid", "Not yet" if order.ended_at is None else "No"
    if order.tax_withheld:
        yield "Tax that we remit", currency.as_text(order.tax_withheld, order.currency)
    yield "With", order.payment_provider
    yield "Reference", order.payment_reference


def _history(order: ChannelOrder) -> Iterator[dict[str, Any]]:
    for row in reversed(order.history.order_by("-pk")[:_MOST_ROWS]):
        yield {
            "at": row.at,
            "clock": local_time(order.store, row.at, seconds=True),
            "what": advice.label_of(row.state) if row.state in State.values else row.state,
            "who": _ACTORS.get(row.actor, row.actor),
            "by": row.actor if row.actor in _ACTORS else "staff",
            "tone": "good" if row.state in _GOOD else "bad" if row.state in _BAD else "",
            "detail": row.detail,
            "staff_detail": row.staff_detail,
        }


def _sent(order: ChannelOrder) -> Iterator[dict[str, Any]]:
    """Yield the events owed to Stream about the order, oldest first."""
    newest = DeliveryAttempt.objects.filter(event=OuterRef("pk")).order_by("-number")
    events = OutboundEvent.objects.filter(
        ordering_key=handover.ordering_key(order), merchant=order.merchant_id
    ).annotate(
        last_status=Subquery(newest.values("status_code")[:1]),
        last_error=Subquery(newest.values("error")[:1]),
    )
    for event in events.order_by("pk")[:_MOST_ROWS]:
        error = event.last_error or (f"answered {event.last_status}" if event.last_status else "")
        tries = f"{event.claim_count} {'attempt' if event.claim_count == 1 else 'attempts'}"
        yield {
            "what": f"{event.event_type}: {event.get_state_display()}",
            "detail": f"{tries}, the last: {error}" if error else tries,
            "clock": local_time(order.store, event.created_at, seconds=True),
            "link": reverse("admin:integration_outboundevent_change", args=[event.pk]),
            "tone": {"delivered": "arrived", "failed": "failed"}.get(event.state, "under_way"),
            "type": event.event_type,
            "body": event.body if event.erased_at is None else "",
        }


def _received(order: ChannelOrder) -> list[ReceivedEvent]:
    """Return Stream's events that name the order, among the store's latest since it was placed."""
    until = order.ended_at or timezone.now()
    events = ReceivedEvent.objects.filter(
        store=order.store_id,
        received_at__range=(order.placed_at, until + timedelta(days=1)),
        event_type__startswith="location.order",
    )
    name = order.provider_id.encode()
    found = events.order_by("-received_at")[:_MOST_SEARCHED]
    return [event for event in reversed(found) if name in bytes(event.body)]


def _bodies(sent: list[dict[str, Any]], events: list[ReceivedEvent]) -> list[dict[str, Any]]:
    ours = [(f"Sent: {one['type']}", one["body"]) for one in sent]
    theirs = [
        (f"Received: {event.event_type}", bytes(event.body).decode("utf-8", "replace"))
        for event in events
    ]
    return [
        {"title": title, "block": as_block(body) if body else "Erased with the personal data."}
        for title, body in [*ours, *theirs]
    ]
