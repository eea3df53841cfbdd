"""Rules about the menu: items, modifiers, availability and prices (contract ORD-NEW)."""

from django.conf import settings
from django.utils.translation import gettext as _

from orders.cart.catalog_lookup import CatalogObject
from orders.cart.lines import sum_as_sent
from orders.cart.prices import PriceList, offering
from orders.protocol.responses import INVALID_CART, Refusal

from .context import Case


def currency_is_ours(case: Case, refusal: Refusal) -> None:
    for entry in case.entries:
        sent = entry.sent.price_currency
        if sent and sent.lower() != case.currency:
            refusal.because(
                INVALID_CART,
                _("%(label)s is priced in %(sent)s, but this restaurant sells in %(ours)s.")
                % {"label": entry.label, "sent": sent[:10], "ours": case.currency.upper()},
            )


def lines_are_known(case: Case, refusal: Refusal) -> None:
    for entry in case.entries:
        if entry.parent is not None or entry.is_open:
            continue
        if entry.thing is None:
            refusal.because(
                INVALID_CART,
                _("%(label)s (%(id)s) is not on the menu: %(remedy)s")
                % {"label": entry.label, "id": entry.sent.provider_id, "remedy": case.remedy},
            )
        elif entry.thing.kind == "item_family" and entry.thing.has_items:
            message = _("%(label)s comes in sizes: choose one of them.") % {"label": entry.label}
            refusal.because(INVALID_CART, message)


def modifiers_are_offered(case: Case, refusal: Refusal) -> None:
    for entry in case.entries:
        # Modifiers below a markup line belong to the channel.
        if entry.parent is None or entry.top.is_open:
            continue
        if entry.thing is None:
            sent_id = entry.sent.provider_id or _("no id")
            refusal.because(
                INVALID_CART,
                _("The modifier %(label)s (%(id)s) is not on the menu: %(remedy)s")
                % {"label": entry.label, "id": sent_id, "remedy": case.remedy},
            )
        elif entry.parent.thing is not None and not offering(entry, case.facts):
            refusal.because(
                INVALID_CART,
                _("%(label)s is not offered with %(above)s: %(remedy)s")
                % {
                    "label": entry.label,
                    "above": entry.parent.label,
                    "remedy": case.remedy,
                },
            )


def everything_is_available(case: Case, refusal: Refusal) -> None:
    needed: dict[tuple[str, int], int] = {}
    things: dict[tuple[str, int], CatalogObject] = {}
    sent_ids: dict[tuple[str, int], str] = {}
    for entry in case.entries:
        if entry.thing is not None:
            place = (entry.thing.kind, entry.thing.key)
            things[place] = entry.thing
            sent_ids.setdefault(place, entry.sent.provider_id or "")
            needed[place] = needed.get(place, 0) + entry.ordered
    for place, thing in things.items():
        left = _left(thing)
        if left is not None and left < needed[place]:
            kind = "modifier" if thing.kind == "modifier" else "item"
            refusal.out_of_stock(kind, sent_ids[place], left)


def _left(thing: CatalogObject) -> int | None:
    """Return the available quantity; None: unlimited."""
    if not thing.is_active or (thing.family is not None and not thing.family.is_active):
        return 0
    return thing.stock_count


def prices_are_not_below_ours(case: Case, refusal: Refusal) -> None:
    tolerance = settings.ORDER_PRICE_TOLERANCE
    prices = PriceList(case.entries, case.facts)
    too_low = [
        (entry, ours)
        for entry, ours in prices.too_low
        if entry.sent.price_amount < ours - tolerance
    ]
    for entry, ours in too_low:
        refusal.because(
            INVALID_CART,
            _("%(label)s costs %(ours)s here, but the order says %(sent)s: %(remedy)s")
            % {
                "label": entry.label,
                "ours": case.money(ours),
                "sent": case.money(entry.sent.price_amount),
                "remedy": case.remedy,
            },
        )
    if too_low or case.order.subtotal < prices.sum - tolerance:
        refusal.total(ours=prices.sum, theirs=case.order.subtotal)


def prices_are_not_below_zero(case: Case, refusal: Refusal) -> None:
    for entry in case.entries:
        if entry.sent.price_amount < 0:
            message = _("The price of %(label)s is below zero.") % {"label": entry.label}
            refusal.because(INVALID_CART, message)


def subtotal_covers_the_lines(case: Case, refusal: Refusal) -> None:
    own = sum_as_sent(case.entries)
    if case.order.subtotal < own - settings.ORDER_PRICE_TOLERANCE:
        refusal.because(
            INVALID_CART,
            _(
                "The subtotal %(subtotal)s is less than the order's own lines, which come to"
                " %(own)s."
            )
            % {"subtotal": case.money(case.order.subtotal), "own": case.money(own)},
        )
