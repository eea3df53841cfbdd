"""Updates of an order by Stream: statuses, drivers, cancelations (contract ORD-UPD)."""

import uuid
from typing import Any

import msgspec
from django.db import transaction

from integration.models import Merchant
from orders.dispatch.delivery_status import driver_after
from orders.lifecycle import delivery_times, stock
from orders.lifecycle.history import Actor, record
from orders.models import InboundEvent, Order
from orders.privacy.details import without_personal_data
from orders.protocol.responses import Answer
from orders.protocol.schema import Cancelation, Update
from orders.states import GIVES_STOCK_BACK, State, after_stream

from . import event_log

Outcome = InboundEvent.Outcome
_DONE = b"{}"
_UNKNOWN = (
    b'{"error":"not_found","error_description":"There is no such order: order_id must be the'
    b' provider_id that we sent when we accepted it."}'
)


@transaction.atomic
def update(merchant: Merchant, sent: Update, body: bytes) -> Answer:
    """Record a status, delivery status and driver; apply the status if it moves the order."""
    order = _locked(merchant, sent.order_id)
    if order is None:
        return _unknown(merchant, body, "order.updated")
    details: dict[str, Any] = {}
    if sent.status:
        details["status"] = sent.status
    if sent.delivery_status:
        details["delivery_status"] = order.delivery_status = sent.delivery_status
    if sent.driver_details is not None and order.erased_at is None:
        driver = _plain(sent.driver_details)
        order.driver = driver_after(order.driver, driver)
        details["driver"] = driver.get("name", "")
    moved = _move(order, sent.status or "")
    what = f"Moved to {order.get_state_display()}" if moved else "Update received"
    return _note(order, body, "order.updated", what, details, moved=moved)


@transaction.atomic
def cancel(merchant: Merchant, sent: Cancelation, body: bytes) -> Answer:
    """Cancel the order for the channel; an order in an end state stays as it is."""
    order = _locked(merchant, sent.provider_id or sent.order_id or "")
    if order is None:
        return _unknown(merchant, body, "order.canceled")
    moved = _move(order, State.DSP_CANCELED)
    fields = {"reason": sent.cancel_reason, "source": sent.cancel_source}
    details = {name: value for name, value in fields.items() if value}
    what = "Canceled" if moved else "Cancelation received after the end"
    return _note(order, body, "order.canceled", what, details, moved=moved)


def _locked(merchant: Merchant, provider_id: str) -> Order | None:
    try:
        key = uuid.UUID(provider_id)
    except ValueError:
        return None
    if str(key) != provider_id.lower():
        return None
    return Order.objects.select_for_update().filter(merchant=merchant, pk=key).first()


def _move(order: Order, status: str) -> bool:
    before = State(order.state)
    after = after_stream(before, status)
    if after is None:
        return False
    order.state = after
    is_cancelation = after in (State.DSP_CANCELED, State.MERCHANT_CANCELED, State.FAILED)
    if is_cancelation and before in GIVES_STOCK_BACK:
        stock.give_back(order)
    delivery_times.follow(order)
    return True


def _note(
    order: Order, body: bytes, event_type: str, what: str, details: dict[str, Any], *, moved: bool
) -> Answer:
    order.save(update_fields=["state", "delivery_status", "driver", "updated_at"])
    is_erased = order.erased_at is not None
    kept = without_personal_data(details) if is_erased else details
    record(order, what, by=Actor.STREAM, details=kept)
    answer = Answer(200, _DONE, Outcome.APPLIED if moved else Outcome.NOTED)
    event_log.record(
        order.merchant, body, answer, event_type, order_id=order.pk, is_erased=is_erased
    )
    return answer


def _unknown(merchant: Merchant, body: bytes, event_type: str) -> Answer:
    answer = Answer(404, _UNKNOWN, Outcome.UNKNOWN_ORDER)
    event_log.record(merchant, body, answer, event_type)
    return answer


def _plain(driver: Any) -> dict[str, Any]:
    """Return the driver's details without absent fields."""

    def filled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: filled(member) for key, member in value.items() if member is not None}

    plain: dict[str, Any] = filled(msgspec.to_builtins(driver))
    return plain
