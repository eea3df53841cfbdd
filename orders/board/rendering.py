"""The HTML of cards, remembered by this process while nothing that a card shows is different.

Every tablet of a restaurant asks for the same cards, and of 200 one or two differ from the last
time: so an update costs what has changed, not what is there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from .cards import Card
from .gathering import lines_of

_MOST = 3_000  # Cards; some 3 KB each.
_Key = tuple[Any, ...]
_kept: dict[_Key, SafeString] = {}


def render(cards: Sequence[Card], around: dict[str, Any], now: datetime) -> None:
    """Gives each card its `html`, with one query for the lines of all that must be rendered."""
    minute = int(now.timestamp()) // 60
    audience = (get_language(), minute, *around.values())
    fresh = []
    for card in cards:
        # The seconds that are left for a decision go by without a change.
        known = None if card.is_pending else _kept.get(_key(card, audience))
        if known is None:
            fresh.append(card)
        else:
            card.html = known
    _render(fresh, around, audience)


def _render(cards: Sequence[Card], around: dict[str, Any], audience: _Key) -> None:
    lines = lines_of([card.order for card in cards]) if cards else {}
    if len(_kept) + len(cards) > _MOST:
        _kept.clear()
    template = get_template("board/card.html")
    for card in cards:
        card.fill(lines.get(card.order.pk, []))
        card.html = mark_safe(template.render({"card": card, **around}))  # noqa: S308  # A template of ours has escaped it.
        _kept[_key(card, audience)] = card.html


def _key(card: Card, audience: _Key) -> _Key:
    """All that a card shows; an order's lines never change."""
    order, place = card.order, card.order.location
    shown = (order.pk, order.updated_at, order.seen_at, card.notice)
    return (*shown, place.name, place.timezone, *audience)
