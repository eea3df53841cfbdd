"""Check the answers of an ordering channel against the contract (DSP-LOC, DSP-EV)."""

from __future__ import annotations

from typing import Any

from sandbox.wire.findings import Findings, shown
from sandbox.wire.transport import Answer

_STORE_FIELDS = {"provider_id", "name", "address"}


def store_problems(answer: Answer) -> tuple[str, ...]:
    """DSP-LOC: the stores with their addresses, and nothing else."""
    found = Findings("DSP-LOC")
    if not found.need(answer.status == 200, f"the status must be 200, but is {answer.status}."):
        return found.list()
    body = answer.json
    stores = body.get("locations") if isinstance(body, dict) else None
    if not isinstance(stores, list) or not all(isinstance(store, dict) for store in stores):
        found.add('the answer must be {"locations": [...]} with objects.')
        return found.list()
    seen: set[str] = set()
    for number, store in enumerate(stores, start=1):
        _store(found, store, f"store {number}", seen)
    return found.list()


def _store(found: Findings, store: dict[str, Any], where: str, seen: set[str]) -> None:
    if found.text(store, "provider_id", where):
        where = f"store {store['provider_id']!r}"
        found.need(store["provider_id"] not in seen, f"{where} occurs twice.")
        seen.add(store["provider_id"])
    found.text(store, "name", where)
    more = sorted(set(store) - _STORE_FIELDS)
    found.need(not more, f"{where} has fields that this role does not: {', '.join(more)}.")
    address = store.get("address")
    if not isinstance(address, dict):
        found.add(f"{where} has no address.")
        return
    for key in ("address_line_1", "city", "state", "postal_code", "country"):
        found.text(address, key, f"the address of {where}")
    found.text(address, "address_line_2", f"the address of {where}", required=False)


def event_problems(answer: Answer, *, refusal: int | None) -> tuple[str, ...]:
    """DSP-EV: 200 `{}`, or the status of the refusal that the event must get.

    Errors have a code and a sentence; 503 comes with Retry-After.
    """
    found = Findings("DSP-EV")
    if refusal is not None:
        found.need(
            answer.status == refusal, f"the status must be {refusal}, but is {answer.status}."
        )
    if answer.status == 200:
        kind = answer.header("Content-Type").split(";")[0].strip().lower()
        found.need(kind == "application/json", f"the content type is {shown(kind)}, not JSON.")
        found.need(answer.json == {}, f"the answer must be {{}}, but is {shown(answer.text)}.")
    elif answer.status in (400, 401, 403, 404, 413, 503):
        _error(found, answer)
    else:
        found.add(f"the status {answer.status} is not in the contract.")
    return found.list()


def _error(found: Findings, answer: Answer) -> None:
    if answer.status == 401:
        found.need(
            answer.header("WWW-Authenticate").lower().startswith("bearer"),
            "401 must come with WWW-Authenticate: Bearer.",
        )
    if answer.status == 503:
        found.need(bool(answer.header("Retry-After")), "503 must come with Retry-After.")
    body = answer.json
    if not isinstance(body, dict):
        found.add(f"an error must be a JSON object, but is {shown(answer.text)}.")
        return
    found.text(body, "error", "the error")
    found.text(body, "error_description", "the error")
