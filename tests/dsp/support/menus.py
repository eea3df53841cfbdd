"""Menus that are live at a store, without the way by which they came."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

from dsp.menu_intake import guest_body, object_ids
from dsp.menus.reader import read_menu_file
from dsp.models import MenuContent, ReceivedMenu, Store
from dsp.stored_menus import compiled

# A Thursday in Austin: the menu of the contract's examples is open from 13:00 to 4:00 UTC.
NOON = datetime(2026, 1, 8, 18, 0, tzinfo=UTC)


def go_live(store: Store, file: dict[str, Any], **fields: Any) -> ReceivedMenu:
    """Make the contents of a menu file the live menu of the store; its number is the next."""
    content = json.dumps(file).encode()
    published = read_menu_file(content).menu
    number = store.received_menus.count() + 1
    values = {"arrival": number, "number": number, "verdict": ReceivedMenu.Verdict.LIVE}
    menu = ReceivedMenu.objects.create(store=store, **values | fields)
    packed = guest_body.compressed(guest_body.pieces(published, number))
    MenuContent.objects.create(
        menu=menu,
        file=gzip.compress(content, 1),
        compiled=compiled.pack(published),
        guest_body=guest_body.unpacked(packed),
        guest_gzip=packed,
        object_ids=object_ids.of_menu(published),
    )
    Store.objects.filter(pk=store.pk).update(live_menu=menu)
    store.live_menu = menu
    return menu
