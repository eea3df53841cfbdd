"""In-process cache of the cards' HTML, keyed by everything that a card shows.

Every tablet of a restaurant asks for the same cards, and of 200 only one or two differ from the
last poll. So an update costs as much as has changed, not as much as is shown.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from orders.staff_pages.endings import endings
from orders.staff_pages.lines import lines_by_order

from .cards import Card

_MAX_CARDS = 3_000  # About 3 KB each.
_MAX_LINES = 1_000  # Orders whose lines are kept: the largest part of an open order's card.
_Key = tuple[Any, ...]
_cards: dict[_Key, SafeString] = {}
_lines: dict[_Key, SafeString] = {}


def render(cards: Sequence[Card], viewer: dict[str, Any], now: datetime) -> None:
    """Set each card's `html`, with one query for the lines of all new cards."""
    minute = int(now.timestamp()) // 60
    audience = (get_language(), minute, *viewer.values())
    fresh = []
    for card in cards:
        # Never cached: its countdown changes every second.
        cached = None if card.is_pending else _cards.get(_key(card, audience))
        if cached is None:
            fresh.append(card)
        else:
            card.html = cached
    _render(fresh, viewer, audience)


def _render(cards: Sequence[Card], viewer: dict[str, Any], audience: _Key) -> None:
    _render_lines([card for card in cards if card.shows_lines], viewer)
    if len(_cards) + len(cards) > _MAX_CARDS:
        _cards.clear()
    template = get_template("board/card.html")
    ended = endings(card.order for card in cards)
    for card in cards:
        card.ending = ended.get(card.order.pk, {})
        card.html = mark_safe(template.render({"card": card, **viewer}))  # noqa: S308  # Escaped by our own template.
        _cards[_key(card, audience)] = card.html


def _render_lines(cards: Sequence[Card], viewer: dict[str, Any]) -> None:
    """Set each card's `lines_html`. Lines change only when personal data is erased."""
    audience = (get_language(), *viewer.values())
    fresh = []
    for card in cards:
        cached = _lines.get((card.order.pk, card.order.erased_at, *audience))
        if cached is None:
            fresh.append(card)
        else:
            card.lines_html = cached
    lines = lines_by_order([card.order for card in fresh]) if fresh else {}
    if len(_lines) + len(fresh) > _MAX_LINES:
        _lines.clear()
    template = get_template("board/lines.html")
    for card in fresh:
        card.fill(lines.get(card.order.pk, []))
        card.lines_html = mark_safe(template.render({"card": card, **viewer}))  # noqa: S308  # Escaped by our own template.
        _lines[(card.order.pk, card.order.erased_at, *audience)] = card.lines_html


def _key(card: Card, audience: _Key) -> _Key:
    """Return everything a card shows except its lines, which change only with the order."""
    order, place = card.order, card.order.location
    shown = (order.pk, order.updated_at, order.seen_at, card.notice)
    return (*shown, place.name, place.timezone, *audience)
