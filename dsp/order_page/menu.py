"""The menu as guests read it: sections of dishes, a bounded number on one page."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from dsp.cart.availability import Updates, is_active, is_sold_out
from dsp.live.compiled import LiveMenu
from dsp.menus import opening
from dsp.menus.schema import Category, Family, Menu

from . import allergens, words

# A page of so many dishes stays small; a longer menu goes on over several pages.
MOST_DISHES = 150
_CARD_TEXT = 140  # Characters of a description on the menu; the dish's page has all of it.


class Section(NamedTuple):
    """A category of a menu; `closed` says when its menu is served, if not now."""

    number: int
    category: Category
    menu: Menu
    closed: str


def sections(live: LiveMenu, now: datetime, zone: ZoneInfo) -> list[Section]:
    """Return the categories that have dishes; those of menus that are served now come first."""
    local = now.astimezone(zone)
    holidays = live.menu.holidays
    notes = {
        menu.stream_id: ""
        if opening.is_open(menu.week, holidays, local)
        else _not_now(opening.next_opening(menu.week, holidays, local), now, zone)
        for menu in live.menu.menus
    }
    menus = sorted(live.menu.menus, key=lambda menu: bool(notes[menu.stream_id]))
    pairs = [(menu, category) for menu in menus for category in menu.categories]
    filled = [(menu, category) for menu, category in pairs if category.families]
    return [
        Section(number, category, menu, notes[menu.stream_id])
        for number, (menu, category) in enumerate(filled)
    ]


def find_dish(live: LiveMenu, family_id: str, now: datetime, zone: ZoneInfo) -> Family | None:
    """Return the dish as it is sold now, or as a menu has it that is not served now."""
    for section in sections(live, now, zone):
        for family in section.category.families:
            if family.stream_id == family_id:
                return family
    return None


def page_of(
    listed: list[Section], first: int, live: LiveMenu, updates: Updates, address: str
) -> tuple[list[dict[str, Any]], int | None]:
    """Return the sections of one page with its dishes, and where the next page begins.

    `first` counts the dishes of all sections; `address` is that of the page of a dish.
    """
    shown, place = [], 0
    for section in listed:
        families = section.category.families
        begin = max(0, first - place)
        end = max(0, first + MOST_DISHES - place)
        cards = [
            dish_card(family, live, updates, section.closed, address)
            for family in families[begin:end]
        ]
        if cards:
            shown.append(_shown(section, cards))
        place += len(families)
    return shown, first + MOST_DISHES if first + MOST_DISHES < place else None


def index(listed: list[Section]) -> Iterator[dict[str, Any]]:
    """Yield a link to each section: on the page that its first dish is on."""
    place = 0
    for section in listed:
        first = place - place % MOST_DISHES
        link = f"?from={first}#s{section.number}" if first else f"#s{section.number}"
        yield {"name": section.category.name, "address": link, "first": first}
        place += len(section.category.families)


def dish_card(
    family: Family, live: LiveMenu, updates: Updates, closed: str, address: str
) -> dict[str, Any]:
    gone = is_sold_out(family, updates)
    return {
        "id": family.stream_id,
        "name": family.name,
        "text": _shortened(family.description),
        "price": _from_price(family, updates, live.menu.currency),
        "picture": picture(family.image_url),
        "allergens": allergens.named(family.allergens),
        "is_alcohol": family.is_alcohol,
        "is_gone": gone,
        "address": "" if gone or closed else address,
    }


def picture(url: str) -> str:
    """Return the picture's address if a page may load it: over https, or from ourselves."""
    own = f"{settings.PUBLIC_URL}/"
    return url if urlsplit(url).scheme == "https" or url.startswith(own) else ""


def has_alcohol(live: LiveMenu, variation_ids: set[str], local: datetime) -> bool:
    places: Mapping[str, Any] = live.places.find(variation_ids, local) or {}
    return any(places[one].family.is_alcohol for one in variation_ids if one in places)


def _shown(section: Section, cards: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "number": section.number,
        "name": section.category.name,
        "text": section.category.description,
        "menu": section.menu.name,
        "closed": section.closed,
        "dishes": cards,
    }


def _not_now(opens: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    if opens is None:
        return _("Not served at the moment.")
    return _("Served from %(when)s.") % {"when": words.instant(opens, now, zone)}


def _from_price(family: Family, updates: Updates, code: str) -> str:
    on_sale = [one.price for one in family.variations if is_active(one, updates)]
    prices = on_sale or [one.price for one in family.variations]
    if not prices:
        return ""
    lowest = words.money(min(prices), code)
    return lowest if min(prices) == max(prices) else _("from %(price)s") % {"price": lowest}


def _shortened(text: str) -> str:
    if len(text) <= _CARD_TEXT:
        return text
    return text[:_CARD_TEXT].rsplit(" ", 1)[0] + " …"
