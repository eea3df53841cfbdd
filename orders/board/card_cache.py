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
from .queries import lines_of

_MOST = 3_000  # Cards; some 3 KB each.
_MOST_LINES = 1_000  # Orders' lines, which are most of an open order's card.
_Key = tuple[Any, ...]
_kept: dict[_Key, SafeString] = {}
_kept_lines: dict[_Key, SafeString] = {}


def render(cards: Sequence[Card], around: dict[str, Any], now: datetime) -> None:
    """Gives each card its `html`, with one query for the lines of all that are new."""
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
    _render_lines([card for card in cards if card.shows_lines], around)
    if len(_kept) + len(cards) > _MOST:
        _kept.clear()
    template = get_template("board/card.html")
    for card in cards:
        card.html = mark_safe(template.render({"card": card, **around}))  # noqa: S308  # A template of ours has escaped it.
        _kept[_key(card, audience)] = card.html


def _render_lines(cards: Sequence[Card], around: dict[str, Any]) -> None:
    """They never change, unlike what stands around them, until what is personal is erased."""
    audience = (get_language(), *around.values())
    fresh = []
    for card in cards:
        known = _kept_lines.get((card.order.pk, card.order.erased_at, *audience))
        if known is None:
            fresh.append(card)
        else:
            card.lines_html = known
    lines = lines_of([card.order for card in fresh]) if fresh else {}
    if len(_kept_lines) + len(fresh) > _MOST_LINES:
        _kept_lines.clear()
    template = get_template("board/lines.html")
    for card in fresh:
        card.fill(lines.get(card.order.pk, []))
        card.lines_html = mark_safe(template.render({"card": card, **around}))  # noqa: S308  # A template of ours has escaped it.
        _kept_lines[(card.order.pk, card.order.erased_at, *audience)] = card.lines_html


def _key(card: Card, audience: _Key) -> _Key:
    """All that a card shows beside its lines, which change with it if they ever do."""
    order, place = card.order, card.order.location
    shown = (order.pk, order.updated_at, order.seen_at, card.notice)
    return (*shown, place.name, place.timezone, *audience)
