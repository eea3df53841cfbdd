"""Carts of guests, kept in their sessions.

A cart is not an order yet and may be lost. Nothing in it is trusted: prices and rules come from the
channel's services, whenever it is shown and when it is placed.
"""

import re
import secrets
from collections.abc import MutableMapping
from typing import Any

import msgspec
from msgspec import Struct, field

from dsp.cart.lines import Choice
from dsp.models import Store
from dsp.ordering.cart_request import CartRequest, RequestedLine

MOST_LINES = 50
_MOST_CHOICES = 600  # Of a whole cart: it is read and written with every page.
_MOST_STORES = 3
_NAME = "order_carts"
_KEY = re.compile(r"[A-Za-z0-9_-]{32}")

Session = MutableMapping[str, Any]


class DraftLine(Struct):
    """A line of the cart, with the dish and its choices in words as they were chosen."""

    key: str
    family_id: str
    name: str
    choices: str
    asked: RequestedLine


class Draft(Struct):
    """A cart with the guest's details. `key` becomes the Idempotency-Key of its order."""

    key: str
    lines: list[DraftLine] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)

    def line(self, key: str) -> DraftLine | None:
        return next((line for line in self.lines if line.key == key), None)

    def put(self, line: DraftLine) -> bool:
        """Add the line or replace the one with its key; False when the cart is full."""
        lines = [line if known.key == line.key else known for known in self.lines]
        if line not in lines:
            lines.append(line)
        if len(lines) > MOST_LINES or sum(map(_size, lines)) > _MOST_CHOICES:
            return False
        self.lines = lines
        return True

    def remove(self, key: str) -> None:
        self.lines = [line for line in self.lines if line.key != key]

    @property
    def count(self) -> int:
        return sum(line.asked.quantity for line in self.lines)

    def request(self, kind: str) -> CartRequest:
        return CartRequest(kind, tuple(line.asked for line in self.lines))


def open_draft(session: Session, store: Store) -> Draft:
    """Return the guest's cart at the store, or a new one."""
    try:
        return msgspec.convert(session.get(_NAME, {})[str(store.pk)], Draft)
    except (KeyError, TypeError, msgspec.ValidationError):
        return Draft(new_key())


def save_draft(session: Session, store: Store, draft: Draft) -> None:
    """Keep the cart; the oldest one makes room where a guest has many."""
    carts = _without(session, store)
    kept = list(carts)[-(_MOST_STORES - 1) :]
    session[_NAME] = {name: carts[name] for name in kept} | {
        str(store.pk): msgspec.to_builtins(draft)
    }


def discard_draft(session: Session, store: Store) -> None:
    session[_NAME] = _without(session, store)


def new_key() -> str:
    """Return a key that nobody can guess: it opens the page of its order."""
    return secrets.token_urlsafe(24)


def known_key(text: str) -> str:
    """Return a key that a form sent back, or an empty text if it is none of ours."""
    return text if _KEY.fullmatch(text) else ""


def _without(session: Session, store: Store) -> dict[str, Any]:
    carts = session.get(_NAME)
    if not isinstance(carts, dict):
        return {}
    return {name: cart for name, cart in carts.items() if name != str(store.pk)}


def _size(line: DraftLine) -> int:
    return sum(map(_choices, line.asked.modifiers))


def _choices(choice: Choice) -> int:
    return 1 + sum(map(_choices, choice.modifiers))
