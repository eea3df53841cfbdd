"""The board's columns, and the rest of the context of each poll."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.staff_pages.access import Scope

from . import card_cache
from .cards import Card
from .followed import FollowedCard, followed_cards
from .queries import MAX_ORDERS, load_orders


@dataclass
class Column:
    """One column with its cards."""

    name: str
    title: str
    cards: list[Any] = field(default_factory=list)


def board_context(
    scope: Scope, now: datetime, *, standstill: bool = False, search: str = ""
) -> dict[str, Any]:
    """Build the template context in a number of queries that does not depend on the orders."""
    orders = load_orders(scope, now)
    cards = [Card(order, now) for order in orders[:MAX_ORDERS]]
    shown = [card for card in cards if search.lower() in card.searched] if search else cards
    viewer = viewer_context(scope)
    card_cache.render(shown, viewer, now)
    followed, are_more_followed = followed_cards(scope, now, viewer)
    others = [card for card in followed if search.lower() in card.searched]
    return {
        "columns": _columns(shown, others),
        **viewer,
        "paused": [location for location in scope.locations if location.is_paused(now)],
        "is_standstill": standstill,
        "waiting": sum(card.is_pending for card in cards),
        "loud": sum(card.is_loud for card in cards),
        "are_more": len(orders) > MAX_ORDERS or are_more_followed,
        "is_empty": not (shown or others),
    }


def viewer_context(scope: Scope) -> dict[str, Any]:
    """Return the facts about the viewer that every card's template needs."""
    return {
        # Cards append the rest: reversing each URL took a quarter of the time.
        "base": reverse("board:page"),
        "may_decide": scope.may("orders.decide_order"),
        "may_switch": scope.may("catalog.switch_availability"),
        "may_pause": scope.may("catalog.pause_location"),
        "is_one_place": len(scope.locations) == 1,
    }


def _columns(cards: list[Card], followed: list[FollowedCard]) -> list[Column]:
    """Sort cards into columns, most urgent column first.

    Open orders are sorted by due time, ended ones latest first. Empty columns are left out, except
    those of the usual workflow.
    """
    columns = {
        "canceled": Column("canceled", _("Canceled")),
        "new": Column("new", _("New")),
        "progress": Column("progress", _("In progress")),
        "ready": Column("ready", _("Ready")),
        "out": Column("out", _("Out for delivery")),
        "later": Column("later", _("Later")),
        "followed": Column("followed", _("From another POS"), [*followed]),
        "done": Column("done", _("Recently done")),
    }
    for card in cards:
        columns[card.column].cards.append(card)
    for name in ("progress", "ready", "later"):
        columns[name].cards.sort(key=lambda card: card.due)
    columns["done"].cards.sort(key=lambda card: card.order.updated_at, reverse=True)
    always = ("new", "progress", "ready")
    return [column for column in columns.values() if column.cards or column.name in always]
