"""The board's columns, and everything else that each poll brings."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.staff_pages.access import Scope

from . import card_cache
from .cards import Card
from .queries import MOST, orders_shown


@dataclass
class Column:
    name: str
    title: str
    cards: list[Card] = field(default_factory=list)


def page_of(scope: Scope, now: datetime, *, sought: str = "") -> dict[str, Any]:
    """For the template; the number of queries does not depend on the size."""
    orders = orders_shown(scope, now)
    cards = [Card(order, now) for order in orders[:MOST]]
    shown = [card for card in cards if sought.lower() in card.searched] if sought else cards
    around = around_cards(scope)
    card_cache.render(shown, around, now)
    return {
        "columns": _columns(shown),
        **around,
        "paused": [one for one in scope.locations if one.is_paused(now)],
        "waiting": sum(card.is_pending for card in cards),
        "loud": sum(card.is_loud for card in cards),
        "are_more": len(orders) > MOST,
        "is_empty": not shown,
    }


def around_cards(scope: Scope) -> dict[str, Any]:
    """What every card's template asks about who reads it."""
    return {
        "base": reverse("board:page"),  # Cards add the rest: resolving each address took a quarter.
        "may_decide": scope.may("orders.decide_order"),
        "may_switch": scope.may("catalog.switch_availability"),
        "may_pause": scope.may("catalog.pause_location"),
        "is_one_place": len(scope.locations) == 1,
    }


def _columns(cards: list[Card]) -> list[Column]:
    """What must be noticed first; in progress by due time, done the latest first."""
    columns = {
        "canceled": Column("canceled", _("Canceled")),
        "new": Column("new", _("New")),
        "progress": Column("progress", _("In progress")),
        "ready": Column("ready", _("Ready")),
        "out": Column("out", _("Out for delivery")),
        "later": Column("later", _("Later")),
        "done": Column("done", _("Done lately")),
    }
    for card in cards:
        columns[card.column].cards.append(card)
    for name in ("progress", "ready", "later"):
        columns[name].cards.sort(key=lambda card: card.due)
    columns["done"].cards.sort(key=lambda card: card.order.updated_at, reverse=True)
    always = ("new", "progress", "ready")
    return [one for one in columns.values() if one.cards or one.name in always]
