"""Orders of other POSs on the board, which only shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F, Q, QuerySet
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Location
from orders.models import FollowedOrder
from orders.staff_pages import labels
from orders.staff_pages.access import Scope
from orders.staff_pages.followed_items import item_lines
from orders.staff_pages.handover import Handover
from orders.staff_pages.labels import local_time

MAX_FOLLOWED = 60  # The next due are shown.
_MAX_LINES = 50  # Further lines are only counted.
_MAX_INDENT = 4
# Another POS may never report the end of an order.
_FORGOTTEN_AFTER = timedelta(hours=12)


@dataclass
class FollowedCard:
    """Template data for a followed order; every text is in the viewer's language."""

    order: FollowedOrder
    location: Location
    now: datetime
    viewer: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.order.pk)

    @property
    def number(self) -> str:
        return self.order.dsp_order_number or self.order.stream_order_id[:8]

    @property
    def channel(self) -> str:
        return labels.channel(self.order.source)

    @property
    def kind(self) -> str:
        return labels.kind(self.order.fulfillment_type)

    @property
    def status(self) -> str:
        """The status and the delivery's status, as far as they are known."""
        order = self.order
        delivery = labels.delivery(order.delivery_status) if order.delivery_status else ""
        return " · ".join(text for text in (labels.any_state(order.status), delivery) if text)

    @property
    def due_text(self) -> str:
        due = self.order.due_at
        return "" if due is None else local_time(self.location, due, self.now)

    @cached_property
    def handover(self) -> Handover:
        return Handover(self.order)

    @property
    def notes(self) -> list[str]:
        return self.handover.notes[::-1]  # What concerns the kitchen comes first.

    @property
    def searched(self) -> str:
        """The text that the search matches, in lower case."""
        order = self.order
        parts = (self.number, order.dsp_order_id, order.customer_name, order.source, self.channel)
        return " ".join(part for part in parts if part).lower()

    @property
    def html(self) -> SafeString:
        lines = item_lines(self.order.details)
        shown = [{**line, "depth": min(line["depth"], _MAX_INDENT)} for line in lines[:_MAX_LINES]]
        context = {"card": self, "lines": shown, "more": len(lines) - len(shown), **self.viewer}
        return mark_safe(get_template("board/followed.html").render(context))  # noqa: S308  # Escaped by our own template.


def followed_version(scope: Scope, now: datetime) -> list[tuple[Any, ...]]:
    """Return what changes with the followed orders shown: one query if a location asks for them."""
    shown = _visible(scope, now)
    rows = shown.values_list("pk", "updated_at", "status", "delivery_status", "due_at")
    return list(rows[: MAX_FOLLOWED + 1])


def followed_cards(
    scope: Scope, now: datetime, viewer: dict[str, Any]
) -> tuple[Sequence[FollowedCard], bool]:
    """Return the cards, next due first, and if there are more: one query if a location asks."""
    orders = list(_visible(scope, now)[: MAX_FOLLOWED + 1])
    places = {place.pk: place for place in scope.locations}
    cards = [
        FollowedCard(order, places[order.location_id], now, viewer)
        for order in orders[:MAX_FOLLOWED]
        if order.location_id
    ]
    return cards, len(orders) > MAX_FOLLOWED


def _visible(scope: Scope, now: datetime) -> "QuerySet[FollowedOrder]":
    """Select the open ones of the locations that ask for them; of none without a query."""
    asking = [place.pk for place in scope.locations if place.shows_followed_orders]
    if not asking:
        return FollowedOrder.objects.none()
    since = now - _FORGOTTEN_AFTER
    recent = Q(due_at__gte=since) | Q(due_at=None, confirmed_at__gte=since)
    # Matches the condition of the partial index followed_open.
    open_here = FollowedOrder.objects.filter(location__in=asking, ended_at=None, own_order=None)
    return open_here.filter(recent).order_by(F("due_at").asc(nulls_last=True), "pk")
