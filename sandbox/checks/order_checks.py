"""Check the answers to order events against the contract (ORD-NEW, ORD-UPD, ORD-CAN)."""

from __future__ import annotations

from typing import Any

from sandbox.wire.findings import Findings, is_whole, rows, shown
from sandbox.wire.transport import Answer

ORDER_ERRORS = ("invalid_cart", "pos_offline", "store_unavailable", "other")
SECTIONS = ("stockValidation", "orderTotalsValidation", "orderValidation")


def created_problems(answer: Answer) -> tuple[str, ...]:
    """ORD-NEW: 200 with the order, 400 with posValidation, or 401, 403 or 503."""
    found = Findings("ORD-NEW")
    body = answer.json
    if answer.status == 200:
        _acceptance(found, body)
    elif answer.status == 400:
        validation_problems(found, body)
    else:
        _refusal(found, answer)
    return found.list()


def event_problems(answer: Answer, section: str) -> tuple[str, ...]:
    """ORD-UPD and ORD-CAN: 200 `{}`, 404 for an unknown order, 400 with posValidation."""
    found = Findings(section)
    if answer.status == 200:
        found.need(answer.json == {}, f"the answer must be {{}}, but is {shown(answer.text)}.")
    elif answer.status == 400:
        validation_problems(found, answer.json)
    elif answer.status != 404:
        _refusal(found, answer)
    return found.list()


def order_id_of(answer: Answer) -> str:
    """Return the POS's id of an accepted order, or ""."""
    body = answer.json
    order = body.get("order") if answer.status == 200 and isinstance(body, dict) else None
    provider_id = order.get("provider_id") if isinstance(order, dict) else None
    return provider_id if isinstance(provider_id, str) else ""


def refusal_reasons(answer: Answer) -> set[str]:
    """Return the sections and codes of a refusal: {"stockValidation", "invalid_cart", ...}."""
    body = answer.json
    validation = body.get("posValidation") if isinstance(body, dict) else None
    if answer.status != 400 or not isinstance(validation, dict):
        return set()
    codes = {str(row.get("order_error")) for row in rows(validation.get("orderValidation"))}
    return codes | {section for section in SECTIONS if validation.get(section)}


def _acceptance(found: Findings, body: Any) -> None:
    order = body.get("order") if isinstance(body, dict) else None
    if not isinstance(order, dict):
        found.add(
            'an accepted order must be answered with {"order": {...}}; a refusal is never 2xx.'
        )
        return
    found.text(order, "provider_id", "the order")
    found.whole(order, "prep_time_minutes", "the order", required=False)
    if "async_acceptance" in order:
        found.need(order["async_acceptance"] is True, "async_acceptance must be true or omitted.")


def validation_problems(found: Findings, body: Any) -> None:
    """Check the shape of a refusal; every section present must have at least one entry."""
    validation = body.get("posValidation") if isinstance(body, dict) else None
    if not isinstance(validation, dict):
        found.add('a refusal must be answered with {"posValidation": {...}}.')
        return
    present = [section for section in SECTIONS if section in validation]
    found.need(bool(present), "posValidation has no reason.")
    for section in present:
        entries = validation[section]
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            found.add(f"{section} must be a list of objects.")
            continue
        for entry in entries:
            _ENTRY_CHECKS[section](found, entry)
    found.need(any(validation.get(section) for section in SECTIONS), "no section has an entry.")


def _stock(found: Findings, entry: dict[str, Any]) -> None:
    kind = entry.get("type")
    found.need(kind in ("item", "modifier"), f"type in stockValidation is {shown(kind)}.")
    found.text(entry, "provider_id", "stockValidation")
    found.whole(entry, "quantity", "stockValidation")


def _totals(found: Findings, entry: dict[str, Any]) -> None:
    for key in ("posTotal", "streamTotal"):
        value = entry.get(key)
        found.need(is_whole(value), f"{key} must be a whole number, but is {shown(value)}.")


def _reason(found: Findings, entry: dict[str, Any]) -> None:
    code = entry.get("order_error")
    found.need(code in ORDER_ERRORS, f"order_error is {shown(code)}.")
    found.text(entry, "order_error_reason", "orderValidation")


_ENTRY_CHECKS = {
    "stockValidation": _stock,
    "orderTotalsValidation": _totals,
    "orderValidation": _reason,
}


def _refusal(found: Findings, answer: Answer) -> None:
    if answer.status == 401:
        found.need(
            answer.header("WWW-Authenticate").lower().startswith("bearer"),
            "401 must come with WWW-Authenticate: Bearer.",
        )
    elif answer.status == 503:
        found.need(bool(answer.header("Retry-After")), "503 must come with Retry-After.")
    elif answer.status != 403:
        found.add(f"the status {answer.status} is not defined for an order event.")
