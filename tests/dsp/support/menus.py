"""Menus that are live at a store, without the way by which they came."""

import json
import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from dsp.menus.reader import read_menu_file
from dsp.menus.schema import PublishedMenu
from dsp.models import MenuContent, ReceivedMenu, Store

# A Thursday in Austin: the menu of the contract's examples is open from 13:00 to 4:00 UTC.
NOON = datetime(2026, 1, 8, 18, 0, tzinfo=UTC)


def go_live(store: Store, file: dict[str, Any], **fields: Any) -> ReceivedMenu:
    """Make the contents of a menu file the live menu of the store; its number is the next."""
    published = read_menu_file(json.dumps(file).encode()).menu
    number = store.received_menus.count() + 1
    values = {"arrival": number, "number": number, "verdict": ReceivedMenu.Verdict.LIVE}
    menu = ReceivedMenu.objects.create(store=store, **values | fields)
    body = _guest_body(published, number)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = packer.compress(body) + packer.flush(zlib.Z_FULL_FLUSH)
    trailer = zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")
    MenuContent.objects.create(
        menu=menu,
        file=b"",
        compiled=msgspec.msgpack.encode(published),
        guest_body=body,
        guest_gzip=b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + deflated + trailer,
        object_ids=b"",
    )
    Store.objects.filter(pk=store.pk).update(live_menu=menu)
    store.live_menu = menu
    return menu


def _guest_body(published: PublishedMenu, number: int) -> bytes:
    """Return a guest's menu with its names only, without its final brace."""
    menus = [{"id": menu.stream_id, "name": menu.name} for menu in published.menus]
    body = {"menu_version": number, "currency": published.currency, "menus": menus}
    return json.dumps(body).encode()[:-1]
