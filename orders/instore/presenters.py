"""Template context of the in-store order pages: dish cards and the cart."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Location
from catalog.models.pictures import is_ours, thumbnail_path
from integration import currency
from orders.cart.lines import Entry

from .drafts import Draft
from .menu import Menu, Row, is_available
from .pricing import Quote


def page_url(name: str, location: Location, **parameters: str) -> str:
    """Return the URL of an in-store order page at the location."""
    query = {
        "location": location.provider_id,
        **{key: value for key, value in parameters.items() if value},
    }
    return f"{reverse(f'instore:{name}')}?{urlencode(query)}"


def dish_cards(menu: Menu, families: list[Row], location: Location) -> Iterator[dict[str, Any]]:
    """Build the cards of dishes. A simple one, without choices, can be added directly."""
    code = location.merchant.currency
    for family in families:
        sizes = menu.sizes_of(family)
        available = [size for size in sizes if is_available(size)]
        prices = [size["price_amount"] for size in sizes] or [family.get("price_amount", 0)]
        lowest = currency.as_text(min(prices), code)
        yield {
            "id": family["provider_id"],
            "name": family["name"],
            "description": family.get("description", ""),
            "price": _("from %(price)s") % {"price": lowest} if len(set(prices)) > 1 else lowest,
            "is_on": menu.is_on(family),
            "picture": _picture(family),
            "size": available[0]["provider_id"] if len(available) == 1 else "",
            "is_simple": len(sizes) < 2 and not menu.groups_of(family),
            "address": page_url("dish", location, family=family["provider_id"]),
        }


def _picture(family: Row) -> str:
    """Return the small version of the first image stored here; our pages load no others."""
    urls = (image["provider_url"] for image in family.get("images") or [])
    return next((path for url in urls if is_ours(url) and (path := thumbnail_path(url))), "")


def cart_context(draft: Draft, quote: Quote | None, location: Location) -> dict[str, Any]:
    """Build the cart: its lines with their amounts, and the totals."""
    if quote is None:
        return {"lines": [], "count": 0}
    code = quote.code
    below = _below(quote.entries)
    lines = [
        {
            "line": line,
            "name": top.label,
            "amount": amount,
            "below": below[id(top)],
            "edit": page_url("dish", location, family=line.family, line=line.key),
        }
        for line, (top, amount) in zip(draft.lines, quote.lines(), strict=True)
    ]
    return {
        "lines": lines,
        "count": sum(line.quantity for line in draft.lines),
        "subtotal": currency.as_text(quote.order.subtotal, code),
        "taxes": [
            {
                "name": tax.name,
                "rate": tax.rate,
                "amount": currency.as_text(tax.amount, code),
                "is_inclusive": tax.is_inclusive,
            }
            for tax in quote.taxes
        ],
        "total": currency.as_text(quote.total, code),
        "total_amount": quote.total,
    }


def _below(entries: list[Entry]) -> dict[int, list[dict[str, Any]]]:
    """Return the modifiers of each dish, depth first, by the id() of the dish's entry."""
    modifiers: dict[int, list[dict[str, Any]]] = {}
    top = 0
    for entry in entries:
        if entry.parent is None:
            top = id(entry)
            modifiers[top] = []
        else:
            count = f"{entry.sent.quantity} × " if entry.sent.quantity > 1 else ""
            depth = min(entry.depth, 4)
            modifiers[top].append({"depth": depth, "text": f"{count}{entry.label}"})
    return modifiers
