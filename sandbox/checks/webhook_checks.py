"""Check the POS's webhooks against the contract (WH)."""

from __future__ import annotations

from typing import Any

from sandbox.wire.findings import Findings, rows, shown

from .order_checks import validation_problems

OBJECT_TYPES = ("item_family", "item", "modifier_group", "modifier")
ORDER_STATUSES = (
    "in_progress",
    "ready_for_pickup",
    "out_for_delivery",
    "completed",
    "merchant_canceled",
)


def webhook_problems(body: Any) -> tuple[str, ...]:
    found = Findings("WH")
    subject = body.get("object") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(subject, dict):
        found.add('the body must be {"type": ..., "object": {...}}.')
        return found.list()
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _CHECKS:
        found.add(f"the type {shown(kind)} is not in the contract.")
        return found.list()
    found.text(subject, "location_id", "object")
    _CHECKS[kind](found, subject)
    return found.list()


def _location_only(found: Findings, subject: dict[str, Any]) -> None:
    """Accept any object: only its location_id is required."""


def _object_update(found: Findings, subject: dict[str, Any]) -> None:
    found.text(subject, "object_id", "object")
    kind = subject.get("object_type")
    found.need(kind in OBJECT_TYPES, f"object_type is {shown(kind)}.")
    update = subject.get("object_update")
    if not isinstance(update, dict):
        found.add("object_update must be an object.")
        return
    found.flag(update, "is_active", "object_update")


def _location_status(found: Findings, subject: dict[str, Any]) -> None:
    status = subject.get("status")
    found.need(status in ("active", "inactive"), f"status is {shown(status)}.")
    found.whole(subject, "paused_until", "object", required=False)


def _accepted(found: Findings, subject: dict[str, Any]) -> None:
    found.text(subject, "provider_id", "object")
    found.whole(subject, "prep_time_minutes", "object", required=False)


def _rejected(found: Findings, subject: dict[str, Any]) -> None:
    found.text(subject, "provider_id", "object")
    validation_problems(found, subject)


def _order_status(found: Findings, subject: dict[str, Any]) -> None:
    found.text(subject, "provider_id", "object")
    status = subject.get("status")
    found.need(status in ORDER_STATUSES, f"status is {shown(status)}.")


def _in_store_order(found: Findings, subject: dict[str, Any]) -> None:
    for key in ("idempotency_key", "source", "fulfillment_type"):
        found.text(subject, key, "object")
    found.whole(subject, "subtotal", "object")
    found.need(bool(rows(subject.get("line_items"))), "line_items is empty.")


def _driver(found: Findings, subject: dict[str, Any]) -> None:
    found.text(subject, "order_id", "object")
    driver = subject.get("driver")
    if not isinstance(driver, dict):
        found.add("driver must be an object.")
        return
    found.text(driver, "name", "driver")
    phone = driver.get("phone")
    if isinstance(phone, dict):
        found.text(phone, "number", "driver.phone")
        code = phone.get("code")
        found.need(isinstance(code, str), f"code of driver.phone is {shown(code)}, not a text.")
    else:
        found.add("driver.phone must be an object.")


_CHECKS = {
    "location.catalog.updated": _location_only,
    "location.catalog.object.updated": _object_update,
    "location.status.updated": _location_status,
    "order.accepted": _accepted,
    "order.rejected": _rejected,
    "order.status.updated": _order_status,
    "order.created": _in_store_order,
    "order.assign.driver": _driver,
}
