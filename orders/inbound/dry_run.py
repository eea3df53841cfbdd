"""Judges an `order.created` without taking it: nothing is written, and every rule is explained."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils import timezone

from catalog.models import AcceptanceMode, Location
from integration.currency import as_text
from integration.models import Merchant
from orders.cart.catalog_lookup import gather
from orders.cart.lines import Entry, entries_of, identify, total_of
from orders.cart.prices import PriceList
from orders.protocol.idempotency import NO_IDENTITY, REUSED_REASON, fingerprint_of, identity_of
from orders.protocol.parser import Malformed, read_event
from orders.protocol.responses import INVALID_CART, OTHER, Refusal, acceptance, refusal
from orders.protocol.schema import Order
from orders.validation import rules as order_rules
from orders.validation.context import Case

from . import create as order_intake

NEW_ID = "id of the new order"


class NotReadable(Exception):
    """What was pasted is no `order.created`; the message says where and why."""


class Result(StrEnum):
    PASSED = "passed"
    REFUSED = "refused"
    NOT_APPLICABLE = "does not apply"
    NOT_REACHED = "not looked at"


@dataclass(frozen=True)
class Verdict:
    title: str
    result: Result
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A line or modifier with both prices per unit, for people to read."""

    depth: int
    quantity: int
    label: str
    theirs: str
    ours: str
    free: int
    is_too_low: bool


@dataclass
class Rehearsal:
    """What would become of the order, and why. Amounts are texts for people."""

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
        """The answer to Stream, with line breaks."""
        return json.dumps(json.loads(self.answer), indent=2, ensure_ascii=False)


def read(text: str) -> Order:
    """The order in the pasted text: the whole event, or its object. Raises NotReadable."""
    try:
        parsed: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotReadable(
            f"Line {error.lineno}, column {error.colno}: this is no JSON ({error.msg})."
        ) from error
    except (ValueError, RecursionError) as error:
        raise NotReadable("It is nested too deep, or has a number that is too long.") from error
    if isinstance(parsed, dict) and not {"type", "object"} & parsed.keys():
        text = f'{{"type":"order.created","object":{text}}}'
    try:
        event = read_event(text.encode("utf-8", "surrogatepass"))
        if event.type != "order.created":
            raise NotReadable(f"This is {event.type[:100]}; paste an order.created.")
        return event.read_object(Order)
    except Malformed as malformed:
        raise NotReadable(str(malformed)) from malformed


def rehearse(merchant: Merchant, location: Location, sent: Order) -> Rehearsal:
    """Judges the order as if it came for that location now."""
    found = Rehearsal(location)
    identity = identity_of(sent)
    if identity is None:
        return _stopped(found, "It can be told from other orders", refusal(OTHER, NO_IDENTITY))
    _passed(found, "It can be told from other orders")
    entries = entries_of(sent)
    absurd = order_rules.is_absurd(sent, entries)
    if absurd is not None:
        return _stopped(found, "It is no absurd order", refusal(INVALID_CART, absurd))
    _passed(found, "It is no absurd order")
    known: Any = order_intake.find_location(merchant, location.provider_id, identity)
    if known is not None and order_intake.is_known(known):
        return _known(found, sent, known)
    found.standing = "New: no order with this key was accepted here."
    if known is None or known.archived_at is not None:
        return _stopped(found, "The location is there", order_intake.no_such_location())
    _passed(found, "The location is there")
    return _judged(found, merchant, known, sent, entries)


def _passed(found: Rehearsal, title: str) -> None:
    found.verdicts.append(Verdict(title, Result.PASSED))


def _stopped(found: Rehearsal, title: str, refused: Refusal) -> Rehearsal:
    """Refused before the rules are asked."""
    found.verdicts.append(Verdict(title, Result.REFUSED, _reasons(refused)))
    found.verdicts += [Verdict(rule.title, Result.NOT_REACHED) for rule in order_rules.RULES]
    found.status, found.answer = 400, refused.body()
    return found


def _known(found: Rehearsal, sent: Order, known: Any) -> Rehearsal:
    title = "Its key was not used for another order"
    if known.first_fingerprint != fingerprint_of(sent):
        found.standing = "The key of an order that was accepted before, with other content."
        return _stopped(found, title, refusal(INVALID_CART, REUSED_REASON))
    found.standing = "A repeat: it gets the first answer again, and nothing is judged anew."
    _passed(found, title)
    found.verdicts += [Verdict(rule.title, Result.NOT_REACHED) for rule in order_rules.RULES]
    found.answer = known.first_answer.encode()
    return found


def _judged(
    found: Rehearsal, merchant: Merchant, location: Location, sent: Order, entries: list[Entry]
) -> Rehearsal:
    now = timezone.now()
    facts = gather(sent, location, now)
    identify(entries, facts)
    case = Case(sent, location, merchant.currency.lower(), entries, facts, now)
    found.verdicts += [_verdict(rule, case) for rule in order_rules.RULES]
    _price(found, case)
    refused = order_rules.judge(case)
    if refused:
        found.status, found.answer = 400, refused.body()
    else:
        found.answer = acceptance(
            NEW_ID,
            location.prep_time_minutes,
            is_deferred=location.acceptance_mode == AcceptanceMode.MANUAL,
        )
    return found


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
    said = [one["order_error_reason"] for one in refused.order]
    said += [
        f"{labels.get(one['provider_id'], one['provider_id'])}: {one['quantity'] or 'none'} left."
        for one in refused.stock
    ]
    said += [
        f"At our prices the subtotal is {money(one['posTotal'])}; the order says"
        f" {money(one['streamTotal'])}."
        for one in refused.totals
    ]
    return said


def _price(found: Rehearsal, case: Case) -> None:
    prices = PriceList(case.entries, case.facts)
    too_low = {entry.place for entry, _ in prices.too_low}
    found.lines = [
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
    found.ours = case.money(prices.sum)
    found.theirs = case.money(case.order.subtotal)
    found.total = as_text(total_of(case.order), case.currency)
