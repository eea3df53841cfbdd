"""The part of a catalog that the query string selects, with links to the rest."""

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
NOWHERE = "-"  # The category value for families on no menu.


class Place(NamedTuple):
    """The owner of a catalog; without a location it is the merchant's global catalog."""

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
        parameters = {name: value for name, value in query.items() if value}
        return f"{base}?{urlencode(parameters)}" if parameters else base


class Selection(NamedTuple):
    """The selection in the query string; objects that no longer exist are ignored."""

    words: str
    channel: str
    menu: Row | None
    category: Row | None
    is_nowhere: bool


def menu_context(query: Mapping[str, str], place: Place, catalog: Catalog) -> dict[str, Any]:
    """Return the template context of the menu, in a fixed number of queries."""
    selection = _selection(query, catalog)
    page = Paginator(_rows(catalog, selection), _FAMILIES_BY_PAGE).get_page(query.get("page"))
    cards = Cards(catalog, place.merchant.currency, selection.channel)
    families = cards.families(page.object_list)
    _explain(place, cards)
    return {
        "asked": selection,
        "channels": catalog.channels,
        "merchant_key": "" if place.location else place.merchant.pk,
        "families": families,
        "page": page,
        "here": _here(place, selection, category=_category_id(selection), q=selection.words),
        **_navigation(place, catalog, selection),
    }


def _selection(query: Mapping[str, str], catalog: Catalog) -> Selection:
    channel = query.get("channel", "")
    menu = _chosen(catalog.raw["menu"], query.get("menu"))
    listed = catalog.rows("category", menu["category_ids"]) if menu else []
    is_nowhere = query.get("category") == NOWHERE or menu is None
    return Selection(
        words=query.get("q", "").strip()[:200],
        channel=channel if channel in catalog.channels else "",
        menu=menu,
        category=None if is_nowhere else _chosen(listed, query.get("category")),
        is_nowhere=is_nowhere,
    )


def _chosen(rows: list[Row], provider_id: str | None) -> Row | None:
    """Return the row with this ID, or else the first one."""
    return next((row for row in rows if row["provider_id"] == provider_id), next(iter(rows), None))


def _rows(catalog: Catalog, selection: Selection) -> list[Row]:
    if selection.words:
        return catalog.search(selection.words)
    if selection.is_nowhere:
        return catalog.on_no_menu
    if selection.category is None:
        return []
    return catalog.rows("item_family", selection.category["item_family_ids"])


def _explain(place: Place, cards: Cards) -> None:
    """Add the reason to each card that is off."""
    off = [(kind, object_id) for kind, object_id, _ in cards.off]
    reasons = off_reasons.reasons(place.merchant, place.location, off)
    for kind, object_id, card in cards.off:
        card["why"] = reasons[kind, object_id]


def _navigation(place: Place, catalog: Catalog, selection: Selection) -> dict[str, Any]:
    listed = catalog.rows("category", selection.menu["category_ids"]) if selection.menu else []
    unlisted = len(catalog.on_no_menu)
    return {
        "menus": [_menu(place, row, selection) for row in catalog.raw["menu"][:_MOST_MENUS]],
        "categories": [_category(place, row, selection) for row in listed[:_MOST_CATEGORIES]],
        "more_categories": max(0, len(listed) - _MOST_CATEGORIES),
        "nowhere": unlisted
        and {"count": unlisted, "address": _here(place, selection, category=NOWHERE)},
    }


def _menu(place: Place, row: Row, selection: Selection) -> dict[str, Any]:
    location = place.location
    return {
        "name": row["name"],
        "address": place.address(menu=row["provider_id"], channel=selection.channel),
        "is_chosen": row is selection.menu,
        "hours": hours.week_summary(row["schedule"]),
        "is_on_sale": location and Opening(row["schedule"], {}).is_open(location.local()),
    }


def _category(place: Place, row: Row, selection: Selection) -> dict[str, Any]:
    return {
        "name": row["name"],
        "count": len(row["item_family_ids"]),
        "address": _here(place, selection, category=row["provider_id"]),
        "is_chosen": row is selection.category and not selection.words,
    }


def _category_id(selection: Selection) -> str:
    if selection.words:
        return ""
    if selection.is_nowhere:
        return NOWHERE
    return str(selection.category["provider_id"]) if selection.category else ""


def _here(place: Place, selection: Selection, **query: str) -> str:
    menu = str(selection.menu["provider_id"]) if selection.menu else ""
    return place.address(menu=menu, channel=selection.channel, **query)
