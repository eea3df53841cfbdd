"""The dispatch page's columns, and the HTML of the cards in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from orders.models import Order
from orders.staff_pages.access import Scope
from orders.staff_pages.endings import endings
from orders.staff_pages.lines import lines_by_order

from .cards import Card
from .deliveries import MOST_SHOWN, load

_MAX_KEPT = 3_000  # About 4 KB each.
_kept: dict[tuple[Any, ...], SafeString] = {}


@dataclass
class Column:
    """One column with the HTML of its cards."""

    name: str
    title: str
    cards: list[Card] = field(default_factory=list)
    html: list[SafeString] = field(default_factory=list)

    @property
    def late(self) -> int:
        return sum(card.is_late for card in self.cards)


def page_context(scope: Scope, now: datetime, search: str = "") -> dict[str, Any]:
    """Build the context of each poll in a number of queries that does not depend on the orders."""
    cards = [Card(delivery, now) for delivery in load(scope, now)]
    shown = [card for card in cards if search.lower() in card.searched] if search else cards
    columns = _columns(shown)
    html = dict(zip(map(id, shown), render(shown, viewer_context(scope)), strict=True))
    for column in columns:
        column.html = [html[id(card)] for card in column.cards]
    return {
        "columns": columns,
        "late": sum(card.is_late for card in cards),
        "are_more": len(cards) >= MOST_SHOWN,
        "is_empty": not shown,
    }


def viewer_context(scope: Scope) -> dict[str, Any]:
    """Return the facts about the viewer that every card's template needs."""
    return {
        "base": reverse("dispatch:page"),
        "may_decide": scope.may("orders.decide_order"),
        "is_one_place": len(scope.locations) == 1,
    }


def render(cards: Sequence[Card], viewer: dict[str, Any]) -> list[SafeString]:
    """Return the HTML of each card; one that shows what it showed before is not made again."""
    keys = [_key(card, viewer) for card in cards]
    html = [_kept.get(key) for key in keys]  # Read once: another thread may empty it.
    fresh = [card for card, kept in zip(cards, html, strict=True) if kept is None]
    own = [card.order for card in fresh if card.is_open and isinstance(card.order, Order)]
    lines = lines_by_order(own) if own else {}
    ended = endings(card.order for card in fresh if isinstance(card.order, Order))
    if len(_kept) + len(fresh) > _MAX_KEPT:
        _kept.clear()
    template = get_template("dispatch/card.html")
    for at, card in enumerate(cards):
        if html[at] is None:
            card.ending = ended.get(card.order.pk, {})
            if card.is_open:
                card.fill(lines.get(card.order.pk, []))
            made = mark_safe(template.render({"card": card, **viewer}))  # noqa: S308  # Escaped by our own template.
            html[at] = _kept[keys[at]] = made
    return [piece for piece in html if piece is not None]


def _key(card: Card, viewer: dict[str, Any]) -> tuple[Any, ...]:
    """Return everything that a card shows."""
    order, got = card.order, card.assignment
    driver = (got.driver.name, got.driver.phone, got.driver.code) if got else ()
    person = got and (got.pk, got.out_at, got.delivered_at, *driver)
    today = card.place.local(card.now).date()  # Times of another day are shown with it.
    shown = (order.pk, order.updated_at, card.notice, card.column, card.is_late, person, today)
    return (*shown, card.place.name, card.place.timezone, get_language(), *viewer.values())


def _columns(cards: list[Card]) -> list[Column]:
    """Sort cards into columns: open ones by due time, ended ones latest first."""
    columns = {
        "canceled": Column("canceled", _("Canceled")),
        "unassigned": Column("unassigned", _("Without a driver")),
        "assigned": Column("assigned", _("With a driver")),
        "out": Column("out", _("On its way")),
        "delivered": Column("delivered", _("Delivered")),
    }
    for card in cards:
        columns[card.column].cards.append(card)
    latest = datetime.max.replace(tzinfo=UTC)
    for column in columns.values():
        if column.name in ("canceled", "delivered"):
            column.cards.sort(key=lambda card: card.order.updated_at, reverse=True)
        else:
            column.cards.sort(key=lambda card: card.due or latest)
    return [column for column in columns.values() if column.cards or column.name != "canceled"]
