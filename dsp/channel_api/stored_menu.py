"""The answer to a front end that asks for a menu, from stored bytes."""

from dsp.live import guest_menu
from dsp.live.guest_menu import GuestMenu
from integration.api import conditional
from integration.api.conditional import Header, StoredAnswer, Wish
from integration.oauth import bearer

from . import keys
from .base import searchable


def at_once(header: Header, store_id: str) -> StoredAnswer | None:
    """Answer with one question to the database; None: there is something to refuse."""
    key = bearer.token_in(header("Authorization"))
    if not key:
        return None
    wish = conditional.wish_of(header)
    found = guest_menu.find_with_key(keys.checksum(key), searchable(store_id), wish.known)
    if found is None:
        return None
    menu, use = found
    keys.note_use(*use)
    return answer(wish, menu)


def answer(wish: Wish, menu: GuestMenu) -> StoredAnswer:
    return conditional.stored_answer(
        wish,
        menu.etag,
        varies_with="Authorization",
        compressed=menu.compressed,
        plain=menu.plain,
    )
