"""A merchant's catalog as a file, written by the same code as Get Catalog (contract CAT)."""

from typing import Any

import orjson
from django.utils import timezone

from catalog.menu import loader as menu_loader
from catalog.menu.loader import MenuData, Offer, Offers
from catalog.models import Location
from catalog.snapshots import serializer as catalog_serializer
from integration.models import Merchant

from .normalized import agreed_stock


def export(merchant: Merchant, location: Location | None = None) -> bytes:
    """The catalog as readable JSON: the location's, or without one the merchant's own.

    The merchant's own is what an import writes: the same for all locations, without what was
    switched off or priced at one of them.
    """
    menu = menu_loader.read_menu(merchant)
    if location is None:
        content = base_catalog(menu, offers_of(merchant))
    else:
        offers, _ = menu_loader.read_offers([location], timezone.now())
        content = catalog_serializer.catalog(menu, offers[location.pk])
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def offers_of(merchant: Merchant) -> list[Offers]:
    """What is special at each of the merchant's locations."""
    locations = list(Location.objects.filter(merchant=merchant, archived_at=None))
    offers, _ = menu_loader.read_offers(locations, timezone.now())
    return list(offers.values())


def base_catalog(menu: MenuData, offers: list[Offers]) -> dict[str, Any]:
    """What holds at every location; an item's stock where all of them have the same."""
    base = Offers()
    for key, stock in agreed_stock(offers).items():
        base.by_kind["item"][key] = Offer(stock_count=stock)
    return catalog_serializer.catalog(menu, base)
