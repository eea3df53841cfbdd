"""The part of a catalog that one page shows, as its address asks for, and the ways to the rest."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.http import urlencode

from catalog.hours.opening import Opening
from catalog.menu.loader import Row
from catalog.models import Location
from catalog.stream_view import hours, off_reasons
from catalog.stream_view.cards import Cards
from catalog.stream_view.parser import Catalog
from integration.models import Merchant

_FAMILIES_BY_PAGE = 30
_MOST_CATEGORIES = 200
_MOST_MENUS = 50
NOWHERE = "-"  # As a category: what is on no menu.


class Place(NamedTuple):
    """Whose catalog it is; without a location it is the merchant's global one."""

    merchant: Merchant
    location: Location | None

    @property
    def key(self) -> str | None:
        return self.location.provider_id if self.location else None

    def address(self, **query: str) -> str:
        if self.location:
            base = reverse("admin:catalog_location_stream", args=[self.location.pk])
        else:
            base = reverse("admin:catalog_menu_stream")
            query = {"merchant": str(self.merchant.pk), **query}
        kept = {name: value for name, value in query.items() if value}
        return f"{base}?{urlencode(kept)}" if kept else base


class Asked(NamedTuple):
    """What the address asks for; what is not there any more counts as not asked for."""

    words: str
    channel: str
    menu: Row | None
    category: Row | None
    is_nowhere: bool


def of(query: Mapping[str, str], place: Place, catalog: Catalog) -> dict[str, Any]:
    """What the template shows of the menu; the number of queries does not depend on its size."""
    asked = _asked(query, catalog)
    page = Paginator(_rows(catalog, asked), _FAMILIES_BY_PAGE).get_page(query.get("page"))
    cards = Cards(catalog, place.merchant.currency, asked.channel)
    families = cards.families(page.object_list)
    _explain(place, cards)
    return {
        "asked": asked,
        "channels": catalog.channels,
        "merchant_key": "" if place.location else place.merchant.pk,
        "families": families,
        "page": page,
        "here": _here(place, asked, category=_category_id(asked), q=asked.words),
        **_ways(place, catalog, asked),
    }


def _asked(query: Mapping[str, str], catalog: Catalog) -> Asked:
    channel = query.get("channel", "")
    menu = _chosen(catalog.raw["menu"], query.get("menu"))
    listed = catalog.rows("category", menu["category_ids"]) if menu else []
    is_nowhere = query.get("category") == NOWHERE or menu is None
    return Asked(
        words=query.get("q", "").strip()[:200],
        channel=channel if channel in catalog.channels else "",
        menu=menu,
        category=None if is_nowhere else _chosen(listed, query.get("category")),
        is_nowhere=is_nowhere,
    )


def _chosen(rows: list[Row], wanted: str | None) -> Row | None:
    """The one with this id; otherwise the first."""
    return next((row for row in rows if row["provider_id"] == wanted), next(iter(rows), None))


def _rows(catalog: Catalog, asked: Asked) -> list[Row]:
    if asked.words:
        return catalog.search(asked.words)
    if asked.is_nowhere:
        return catalog.on_no_menu
    if asked.category is None:
        return []
    return catalog.rows("item_family", asked.category["item_family_ids"])


def _explain(place: Place, cards: Cards) -> None:
    """Writes into each card that is off why it is."""
    off = [(kind, object_id) for kind, object_id, _ in cards.off]
    why = off_reasons.reasons(place.merchant, place.location, off)
    for kind, object_id, card in cards.off:
        card["why"] = why[kind, object_id]


def _ways(place: Place, catalog: Catalog, asked: Asked) -> dict[str, Any]:
    listed = catalog.rows("category", asked.menu["category_ids"]) if asked.menu else []
    nowhere = len(catalog.on_no_menu)
    return {
        "menus": [_menu(place, one, asked) for one in catalog.raw["menu"][:_MOST_MENUS]],
        "categories": [_category(place, one, asked) for one in listed[:_MOST_CATEGORIES]],
        "more_categories": max(0, len(listed) - _MOST_CATEGORIES),
        "nowhere": nowhere and {"count": nowhere, "address": _here(place, asked, category=NOWHERE)},
    }


def _menu(place: Place, row: Row, asked: Asked) -> dict[str, Any]:
    here = place.location
    return {
        "name": row["name"],
        "address": place.address(menu=row["provider_id"], channel=asked.channel),
        "is_chosen": row is asked.menu,
        "hours": hours.in_words(row["schedule"]),
        "is_on_sale": here and Opening(row["schedule"], {}).is_open(here.local()),
    }


def _category(place: Place, row: Row, asked: Asked) -> dict[str, Any]:
    return {
        "name": row["name"],
        "count": len(row["item_family_ids"]),
        "address": _here(place, asked, category=row["provider_id"]),
        "is_chosen": row is asked.category and not asked.words,
    }


def _category_id(asked: Asked) -> str:
    if asked.words:
        return ""
    if asked.is_nowhere:
        return NOWHERE
    return str(asked.category["provider_id"]) if asked.category else ""


def _here(place: Place, asked: Asked, **query: str) -> str:
    menu = str(asked.menu["provider_id"]) if asked.menu else ""
    return place.address(menu=menu, channel=asked.channel, **query)
