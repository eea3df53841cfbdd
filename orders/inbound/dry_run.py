"""Dry run of an `order.created`: every rule is explained, and nothing is written."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.models import AcceptanceMode, Location
from integration.currency import as_text
from integration.db import database_time
from integration.models import Merchant
from orders.cart.catalog_lookup import load_facts
from orders.cart.lines import Entry, entries_of, identify, total_of
from orders.cart.prices import PriceList
from orders.protocol.idempotency import (
    NO_IDENTITY,
    REUSED_REASON,
    identities_of,
    is_same_content,
)
from orders.protocol.lenient import Malformed
from orders.protocol.parser import read_event
from orders.protocol.responses import INVALID_CART, OTHER, Refusal, acceptance, refusal
from orders.protocol.schema import Order
from orders.protocol.spellings import POS_TYPES
from orders.validation import rules as order_rules
from orders.validation.context import Case

from . import create as order_intake
from . import question
from .caller import Caller

NEW_ID = "id of the new order"


class UnreadableEvent(Exception):
    """The pasted text is no `order.created`; the message says where and why."""


class Result(StrEnum):
    PASSED = "passed"
    REFUSED = "refused"
    NOT_APPLICABLE = "does not apply"
    NOT_REACHED = "not checked"


@dataclass(frozen=True)
class Verdict:
    title: str
    result: Result
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A line or modifier with both prices per unit, formatted for display."""

    depth: int
    quantity: int
    label: str
    theirs: str
    ours: str
    free: int
    is_too_low: bool


@dataclass
class DryRun:
    """The result of a dry run, with its reasons. Amounts are formatted texts."""

    location: Location
    verdicts: list[Verdict] = field(default_factory=list)
    status: int = 200
    answer: bytes = b""
    standing: str = ""  # New, a repeat, or a key reused.
    note: str = ""
    lines: list[Line] = field(default_factory=list)
    ours: str = ""
    theirs: str = ""
    total: str = ""

    @property
    def text(self) -> str:
        """The response to Stream, pretty-printed."""
        return json.dumps(json.loads(self.answer), indent=2, ensure_ascii=False)


def read(text: str) -> Order:
    """Read the order from a pasted event or its object. Raises UnreadableEvent."""
    text = text.lstrip("\ufeff \t\r\n")
    try:
        parsed: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableEvent(
            f"Line {error.lineno}, column {error.colno}: this is not JSON ({error.msg})."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableEvent(
            "It is nested too deeply, or has a number that is too long."
        ) from error
    if isinstance(parsed, dict) and not {"type", "object"} & parsed.keys():
        text = f'{{"type":"order.created","object":{text}}}'
    try:
        event = read_event(text.encode("utf-8", "surrogatepass"))
        if POS_TYPES.meant(event.type) != "order.created":
            raise UnreadableEvent(f"This is {event.type[:100]}; paste an order.created.")
        return event.read_object(Order)
    except Malformed as malformed:
        raise UnreadableEvent(str(malformed)) from malformed


def evaluate(merchant: Merchant, location: Location, sent: Order) -> DryRun:
    """Validate the order as if it arrived for that location now."""
    result = DryRun(location)
    identities = identities_of(sent)
    if not identities:
        return _refuse(result, "It has a key or an order ID", refusal(OTHER, NO_IDENTITY))
    _pass(result, "It has a key or an order ID")
    entries = entries_of(sent)
    absurd = order_rules.absurdity(sent, entries)
    if absurd is not None:
        return _refuse(result, "Its size and amounts are plausible", refusal(INVALID_CART, absurd))
    _pass(result, "Its size and amounts are plausible")
    known = question.ask(Caller.of(merchant), location.provider_id, identities)
    if known is not None and known.is_repeat:
        return _handle_known(result, merchant, sent, known.location)
    result.standing = "New: no order with this key was accepted here."
    if known is None or known.location.archived_at is not None:
        return _refuse(result, "The location exists", order_intake.no_such_location())
    _pass(result, "The location exists")
    return _validate(result, merchant, known.location, sent, entries)


def _pass(result: DryRun, title: str) -> None:
    result.verdicts.append(Verdict(title, Result.PASSED))


def _refuse(result: DryRun, title: str, refused: Refusal) -> DryRun:
    """Refuse before the rules are checked."""
    result.verdicts.append(Verdict(title, Result.REFUSED, _reasons(refused)))
    result.verdicts += [Verdict(rule.title, Result.NOT_REACHED) for rule in order_rules.RULES]
    result.status, result.answer = 400, refused.body()
    return result


def _handle_known(result: DryRun, merchant: Merchant, sent: Order, known: Any) -> DryRun:
    title = "Its key was not used for another order"
    if not is_same_content(sent, merchant.currency.lower(), known.first_fingerprint):
        result.standing = (
            "Key reused: an order with this key was accepted before with different content."
        )
        return _refuse(result, title, refusal(INVALID_CART, REUSED_REASON))
    result.standing = "A repeat: it gets the first response again, and is not validated again."
    _pass(result, title)
    result.verdicts += [Verdict(rule.title, Result.NOT_REACHED) for rule in order_rules.RULES]
    result.answer = known.first_answer.encode()
    return result


def _validate(
    result: DryRun, merchant: Merchant, location: Location, sent: Order, entries: list[Entry]
) -> DryRun:
    now = database_time.now()
    facts = load_facts(sent, location, now)
    identify(entries, facts)
    case = Case(sent, location, merchant.currency.lower(), entries, facts, now)
    result.verdicts += [_verdict(rule, case) for rule in order_rules.RULES]
    _add_prices(result, case)
    refused = order_rules.validate(case)
    if refused:
        result.status, result.answer = 400, refused.body()
    else:
        result.answer = acceptance(
            NEW_ID,
            location.prep_time_minutes,
            is_deferred=location.acceptance_mode == AcceptanceMode.MANUAL,
        )
    return result


def _verdict(rule: order_rules.Rule, case: Case) -> Verdict:
    refused = Refusal()
    rule.check(case, refused)
    if refused:
        return Verdict(rule.title, Result.REFUSED, _reasons(refused, case))
    applies = rule.applies(case)
    return Verdict(rule.title, Result.PASSED if applies else Result.NOT_APPLICABLE)


def _reasons(refused: Refusal, case: Case | None = None) -> list[str]:
    money: Callable[[int], str] = case.money if case else str
    labels = {entry.sent.provider_id: entry.label for entry in case.entries} if case else {}
    reasons = [entry["order_error_reason"] for entry in refused.order]
    reasons += [
        f"{labels.get(entry['provider_id'], entry['provider_id'])}:"
        f" {entry['quantity'] or 'none'} left."
        for entry in refused.stock
    ]
    reasons += [
        f"At our prices the subtotal is {money(entry['posTotal'])}; the order says"
        f" {money(entry['streamTotal'])}."
        for entry in refused.totals
    ]
    return reasons


def _add_prices(result: DryRun, case: Case) -> None:
    prices = PriceList(case.entries, case.facts)
    too_low = {entry.place for entry, _ in prices.too_low}
    result.lines = [
        Line(
            depth=entry.depth,
            quantity=entry.sent.quantity,
            label=entry.label,
            theirs=case.money(entry.sent.price_amount),
            ours="–" if ours is None else case.money(ours),
            free=free,
            is_too_low=entry.place in too_low,
        )
        for entry, ours, free in prices.each
    ]
    result.ours = case.money(prices.sum)
    result.theirs = case.money(case.order.subtotal)
    result.total = as_text(total_of(case.order), case.currency)
