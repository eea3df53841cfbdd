"""The kitchen ticket: 80 mm wide, without prices except the amount to collect."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integration.db import database_time
from orders.staff_pages.access import BoardView
from orders.staff_pages.endings import endings
from orders.staff_pages.labels import local_time
from orders.staff_pages.lines import lines_by_order

from .cards import Card


class Ticket(BoardView):
    """Print one order with all its lines."""

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order = self.order(order_id)
        lines = lines_by_order([order])[order.pk]
        card = Card(order, database_time.now())
        card.fill(lines, most=len(lines))
        card.ending = endings([order]).get(order.pk, {})
        received = local_time(order.location, order.created_at)
        return render(request, "board/ticket.html", {"card": card, "received": received})
