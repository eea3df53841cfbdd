"""Export a merchant's catalog as a file, with the serializer of Get Catalog (contract CAT)."""

from typing import Any

import orjson

from catalog.menu import loader as menu_loader
from catalog.menu.loader import MenuData, Offer, Offers
from catalog.models import Location
from catalog.snapshots import serializer as catalog_serializer
from integration.db import database_time
from integration.models import Merchant

from .normalized import agreed_stock


def export(merchant: Merchant, location: Location | None = None) -> bytes:
    """Return the catalog of a location, or of the whole merchant, as indented JSON.

    The merchant's catalog is what an import writes: it holds for all locations, without what was
    switched off or priced differently at one of them.
    """
    menu = menu_loader.read_menu(merchant)
    if location is None:
        content = base_catalog(menu, offers_of(merchant))
    else:
        offers, _ = menu_loader.read_offers([location], database_time.now())
        content = catalog_serializer.catalog(menu, offers[location.pk])
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def offers_of(merchant: Merchant) -> list[Offers]:
    """Return the overrides of each of the merchant's locations."""
    locations = list(Location.objects.filter(merchant=merchant, archived_at=None))
    offers, _ = menu_loader.read_offers(locations, database_time.now())
    return list(offers.values())


def base_catalog(menu: MenuData, offers: list[Offers]) -> dict[str, Any]:
    """Return the catalog without location overrides, with stock that all locations agree on."""
    base = Offers()
    for key, stock in agreed_stock(offers).items():
        base.by_kind["item"][key] = Offer(stock_count=stock)
    return catalog_serializer.catalog(menu, base)
