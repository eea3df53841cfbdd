"""Check the answers about authorization and locations against the contract (TOK, LOC, CON)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.wire.findings import Findings, shown
from sandbox.wire.transport import Answer

CLOCK_TOLERANCE_MS = 60_000


@dataclass(frozen=True)
class TokenForm:
    """A role's form of token answers; only the POS role tells who signed in."""

    section: str
    status: int
    scopes: frozenset[str]
    tells_person: bool


POS_TOKENS = TokenForm(
    "TOK",
    201,
    frozenset({"locations:read", "catalog:read", "orders:write", "connection:write"}),
    tells_person=True,
)
CHANNEL_TOKENS = TokenForm(
    "DSP-TOK",
    200,
    frozenset({"dsp:locations", "dsp:connection", "dsp:events"}),
    tells_person=False,
)


def token_problems(answer: Answer, form: TokenForm, *, now: int) -> tuple[str, ...]:
    """TOK, DSP-TOK: a success has both tokens, both expiry times and the account."""
    found = Findings(form.section)
    _status(found, answer, form.status)
    _json_type(found, answer)
    found.need(
        "no-store" in answer.header("Cache-Control").lower(),
        "the answer holds tokens and must be sent with Cache-Control: no-store.",
    )
    body = answer.json
    if not isinstance(body, dict):
        found.add("the answer is not a JSON object.")
        return found.list()
    for key in ("access_token", "refresh_token"):
        if found.text(body, key, "the answer") and not _is_header_safe(body[key]):
            found.add(f"{key} must be printable ASCII without spaces.")
    _lifetimes(found, body, now=now)
    _account(found, body, form)
    return found.list()


def _lifetimes(found: Findings, body: dict[str, Any], *, now: int) -> None:
    token_type = body.get("token_type")
    found.need(
        isinstance(token_type, str) and token_type.lower() == "bearer",
        f"token_type must be Bearer, but is {shown(token_type)}.",
    )
    has_duration = found.whole(body, "expires_in", "the answer")
    has_instant = found.instant(body, "expire_time", "the answer", now=now)
    if has_duration and has_instant:
        expected = now + body["expires_in"] * 1000
        found.need(
            abs(body["expire_time"] - expected) <= CLOCK_TOLERANCE_MS,
            "expire_time and expires_in differ by more than a minute.",
        )
    if found.instant(body, "refresh_token_expire_time", "the answer", now=now) and has_instant:
        found.need(
            body["refresh_token_expire_time"] >= body["expire_time"],
            "the refresh token expires before the access token.",
        )


def _account(found: Findings, body: dict[str, Any], form: TokenForm) -> None:
    found.text(body, "id", "the answer")
    if found.text(body, "scope", "the answer"):
        scopes = set(body["scope"].split())
        missing = sorted(form.scopes - scopes)
        found.need(not missing, f"the default scopes lack {', '.join(missing)}.")
        if not form.tells_person:
            more = sorted(scopes - form.scopes)
            found.need(not more, f"the token has scopes of another role: {', '.join(more)}.")
    if form.tells_person:
        _person(found, body)
        return
    for key in ("email", "sso_details"):
        found.need(key not in body, f"the answer has {key}, which this role does not.")


def _person(found: Findings, body: dict[str, Any]) -> None:
    found.text(body, "email", "the answer")
    sso = body.get("sso_details")
    if not isinstance(sso, dict):
        found.add(f"sso_details must be an object, but is {shown(sso)}.")
        return
    found.text(sso, "email", "sso_details")
    found.text(sso, "full_name", "sso_details", required=False)
    found.text(sso, "phone_number", "sso_details", required=False)


def refresh_problems(
    answer: Answer, form: TokenForm, *, now: int, merchant_id: str, old_refresh_token: str
) -> tuple[str, ...]:
    """TOK, DSP-TOK: a refresh also rotates the token and keeps the account."""
    found = Findings(form.section)
    body = answer.json if isinstance(answer.json, dict) else {}
    found.need(body.get("refresh_token") != old_refresh_token, "the refresh token was not rotated.")
    found.need(body.get("id") == merchant_id, "the account id changed with a refresh.")
    return (*token_problems(answer, form, now=now), *found.list())


def location_problems(answer: Answer) -> tuple[str, ...]:
    found = Findings("LOC")
    if not _status(found, answer, 200):
        return found.list()
    _json_type(found, answer)
    body = answer.json
    locations = body.get("locations") if isinstance(body, dict) else None
    if not isinstance(locations, list):
        found.add('the answer must be {"locations": [...]}.')
        return found.list()
    seen: set[str] = set()
    for number, location in enumerate(locations, start=1):
        if not isinstance(location, dict):
            found.add(f"location {number} is not an object.")
            continue
        _location(found, location, number, seen)
    return found.list()


def _location(found: Findings, location: dict[str, Any], number: int, seen: set[str]) -> None:
    where = f"location {number}"
    if found.text(location, "provider_id", where):
        where = f"location {location['provider_id']!r}"
        found.need(location["provider_id"] not in seen, f"{where} occurs twice.")
        seen.add(location["provider_id"])
    found.text(location, "name", where)
    found.text(location, "timezone", where, required=False)
    found.whole(location, "prep_time_minutes", where, required=False)
    status = location.get("connection_status", "connected")
    found.need(
        status in ("connected", "disconnected"), f"connection_status of {where} is {shown(status)}."
    )
    address = location.get("address")
    if not isinstance(address, dict):
        found.add(f"{where} has no address.")
        return
    for key in ("address_line_1", "city", "postal_code", "country"):
        found.text(address, key, f"the address of {where}")


def connection_problems(
    answer: Answer, location_id: str, method: str, *, section: str = "CON"
) -> tuple[str, ...]:
    """CON, DSP-CON: all three methods answer with the location and its connection state."""
    found = Findings(section)
    if not _status(found, answer, 200):
        return found.list()
    body = answer.json
    if not isinstance(body, dict):
        found.add("the answer is not a JSON object.")
        return found.list()
    found.need(body.get("location_id") == location_id, "the answer names another location.")
    if found.flag(body, "connected", "the answer") and method != "GET":
        expected = method == "POST"
        found.need(body["connected"] is expected, f"after {method}, connected is not {expected}.")
    return found.list()


def _status(found: Findings, answer: Answer, expected: int) -> bool:
    return found.need(
        answer.status == expected, f"the status must be {expected}, but is {answer.status}."
    )


def _json_type(found: Findings, answer: Answer) -> None:
    kind = answer.header("Content-Type").split(";")[0].strip().lower()
    found.need(kind == "application/json", f"the content type is {shown(kind)}, not JSON.")


def _is_header_safe(token: str) -> bool:
    return token.isascii() and token.isprintable() and " " not in token
