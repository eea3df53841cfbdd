"""The rules that refuse orders, with all reasons at once (contract ORD-NEW).

Each rule checks the whole order and adds its reasons, worded for a restaurant's manager.
Channel prices above ours, markup lines, unknown enumerations and extra fields are accepted.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.cart.lines import (
    MAXIMUM_DEPTH,
    MAXIMUM_ENTRIES,
    MAXIMUM_QUANTITY,
    Entry,
    sum_as_sent,
    total_of,
)
from orders.protocol.responses import Refusal
from orders.protocol.schema import Order

from . import discount_rules, group_rules, location_rules, menu_rules
from .context import Case

_LARGEST = 2**53


def _always(case: Case) -> bool:
    return True


@dataclass(frozen=True)
class Rule:
    """A rule with its title; `applies` tells if the order has anything for it to check.

    `is_for_channels`: not for in-store orders, where staff can see for themselves.
    """

    title: str
    check: Callable[[Case, Refusal], None]
    applies: Callable[[Case], bool] = _always
    is_for_channels: bool = False


def validate(case: Case) -> Refusal:
    """Return all reasons against the order; an empty refusal accepts it."""
    refusal = Refusal()
    for rule in IN_STORE_RULES if case.is_in_store else RULES:
        rule.check(case, refusal)
    return refusal


def absurdity(order: Order, entries: list[Entry]) -> str | None:
    """Return the reason why the cart is too large or too strange to validate, or None."""
    if not entries:
        return _("The order has no items: send at least one line.")
    if len(entries) > MAXIMUM_ENTRIES:
        return _("The order has more than %(most)s lines and modifiers: split it.") % {
            "most": MAXIMUM_ENTRIES
        }
    if max(entry.depth for entry in entries) > MAXIMUM_DEPTH:
        return _("The order's modifiers are nested more than %(most)s deep.") % {
            "most": MAXIMUM_DEPTH
        }
    for entry in entries:
        if not 1 <= entry.sent.quantity <= MAXIMUM_QUANTITY:
            return _("The quantity of %(label)s must be from 1 to %(most)s.") % {
                "label": entry.label,
                "most": MAXIMUM_QUANTITY,
            }
    sums = (max(entry.ordered for entry in entries), sum_as_sent(entries), total_of(order))
    if max(map(abs, sums)) > _LARGEST:
        return _("The quantities and amounts come to more than any order can: check them.")
    return None


def _names_modifiers(case: Case) -> bool:
    return any(entry.parent is not None for entry in case.entries)


def _has_discounts(case: Case) -> bool:
    return bool(case.order.discounts)


def _opens_groups(case: Case) -> bool:
    return bool(case.choices)


def _knows_something(case: Case) -> bool:
    return any(entry.thing is not None for entry in case.entries)


RULES: tuple[Rule, ...] = (
    Rule(
        "The location is not paused",
        location_rules.location_is_not_paused,
        is_for_channels=True,
    ),
    Rule(
        "A future order is not too far ahead",
        location_rules.order_is_not_too_far_ahead,
        lambda case: bool(case.order.is_future_order),
    ),
    Rule(
        "A future order is not for the past",
        location_rules.order_is_not_for_the_past,
        lambda case: bool(case.order.is_future_order),
        is_for_channels=True,
    ),
    Rule("The location is open then", location_rules.location_is_open, is_for_channels=True),
    Rule(
        "The channel is switched on",
        location_rules.channel_is_taken,
        lambda case: bool(case.order.source),
    ),
    Rule(
        "The fulfillment type is offered",
        location_rules.fulfillment_type_is_offered,
        lambda case: bool(case.order.fulfillment_type),
    ),
    Rule(
        "It is paid, or drive-thru",
        location_rules.only_drive_thru_is_unpaid,
        lambda case: bool(case.order.unpaid),
    ),
    Rule(
        "Prices are in the restaurant's currency",
        menu_rules.currency_is_ours,
        lambda case: any(entry.sent.price_currency for entry in case.entries),
    ),
    Rule("Every item is on the menu, with its size", menu_rules.lines_are_known),
    Rule(
        "Every modifier is on the menu and offered there",
        menu_rules.modifiers_are_offered,
        _names_modifiers,
    ),
    Rule(
        "Required groups have choices",
        group_rules.required_groups_are_chosen,
        _opens_groups,
    ),
    Rule("No group has too many choices", group_rules.groups_have_room, _opens_groups),
    Rule(
        "No option is taken too often",
        group_rules.options_are_not_taken_too_often,
        _opens_groups,
    ),
    Rule("Groups are switched on here", group_rules.groups_are_switched_on, _opens_groups),
    Rule(
        "Everything is available in sufficient quantity",
        menu_rules.everything_is_available,
        _knows_something,
    ),
    Rule("No price is below ours", menu_rules.prices_are_not_below_ours, _knows_something),
    Rule("No price is below zero", menu_rules.prices_are_not_below_zero),
    Rule("The subtotal covers the order's own lines", menu_rules.subtotal_covers_the_lines),
    Rule(
        "No discount is below zero",
        discount_rules.discounts_are_not_below_zero,
        _has_discounts,
        is_for_channels=True,
    ),
    Rule(
        "No discount is more than what it is on",
        discount_rules.discounts_are_not_above_their_base,
        _has_discounts,
        is_for_channels=True,
    ),
)
# A pause is for channels, and staff in the restaurant know if it is open.
IN_STORE_RULES = tuple(rule for rule in RULES if not rule.is_for_channels)
