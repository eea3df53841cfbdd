"""Check the events of an ordering channel against the contract (DSP-WH)."""

from __future__ import annotations

from typing import Any

from sandbox.wire.findings import Findings, is_whole, shown

from .channel_orders import order_problems

NEW_ORDER = "new_order"
CANCEL_ORDER = "cancel_order"
STORE_STATUS = "store_status_update"
DELIVERY_STATUS = "delivery_status_update"
CANCEL_SOURCES = ("customer", "restaurant", "driver", "dsp")
CANCEL_REASONS = (
    "customer_requested",
    "customer_no_show",
    "customer_changed_mind",
    "merchant_requested",
    "item_out_of_stock",
    "store_closed",
    "kitchen_too_busy",
    "menu_issue",
    "driver_unavailable",
    "delivery_address_issue",
    "delivery_failed",
    "pos_rejected",
    "pos_error",
    "payment_failed",
    "duplicate_order",
    "order_validation_failed",
    "fraud_suspected",
    "weather_conditions",
    "other",
    "unknown",
    "reason_not_provided",
)
DELIVERY_STATUSES = (
    "pending",
    "pending_driver_confirmation",
    "enroute_to_pickup",
    "arrived_at_pickup",
    "enroute_to_dropoff",
    "arrived_at_dropoff",
    "completed",
    "failed_to_assign_driver",
    "failed_to_deliver",
    "failed_to_pickup",
    "failed",
    "merchant_canceled",
    "enroute_to_return",
    "arrived_at_return",
    "returned",
)


def channel_event_problems(body: Any) -> tuple[str, ...]:
    """Check an event of any type; its fields stand beside `type`."""
    found = Findings("DSP-WH")
    if not isinstance(body, dict):
        found.add("the body must be a JSON object.")
        return found.list()
    found.text(body, "location_id", "the event")
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _CHECKS:
        found.add(f"the type {shown(kind)} is not in the contract.")
        return found.list()
    section, check = _CHECKS[kind]
    details = Findings(section)
    check(details, body)
    return (*found.list(), *details.list())


def _new_order(found: Findings, body: dict[str, Any]) -> None:
    order = body.get("order")
    if not isinstance(order, dict):
        found.add("the event has no order.")
        return
    order_problems(found, order)


def _cancel(found: Findings, body: dict[str, Any]) -> None:
    found.text(body, "order_id", "the event")
    for key, values in (("cancel_source", CANCEL_SOURCES), ("cancel_reason", CANCEL_REASONS)):
        value = body.get(key)
        found.need(value is None or value in values, f"{key} is {shown(value)}.")


def _store_status(found: Findings, body: dict[str, Any]) -> None:
    update = body.get("status_update")
    if not isinstance(update, dict):
        found.add("status_update must be an object.")
        return
    status = update.get("status")
    found.need(status in ("online", "paused"), f"status of status_update is {shown(status)}.")
    for key in ("start_time", "end_time"):
        found.whole(update, key, "status_update", required=False)
    start, end = update.get("start_time"), update.get("end_time")
    if is_whole(start) and is_whole(end):
        found.need(start <= end, "the pause ends before it starts.")


def _delivery_status(found: Findings, body: dict[str, Any]) -> None:
    found.text(body, "order_id", "the event")
    status = body.get("delivery_status")
    found.need(status in DELIVERY_STATUSES, f"delivery_status is {shown(status)}.")
    driver = body.get("driver_details")
    if driver is None:
        return
    if not isinstance(driver, dict):
        found.add("driver_details must be an object.")
        return
    for key in ("name", "source"):
        found.text(driver, key, "driver_details")
    for key in ("phone", "vehicle_info"):
        value = driver.get(key)
        found.need(isinstance(value, dict), f"{key} of driver_details is {shown(value)}.")


_CHECKS = {
    NEW_ORDER: ("DSP-WH-NEW", _new_order),
    CANCEL_ORDER: ("DSP-WH-CXL", _cancel),
    STORE_STATUS: ("DSP-WH-STORE", _store_status),
    DELIVERY_STATUS: ("DSP-WH-DLV", _delivery_status),
}
