"""An order for the kitchen's printer: 80 mm wide, no prices but what is to be paid."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from orders.staff_pages.access import BoardView
from orders.staff_pages.labels import moment

from .cards import Card
from .queries import lines_of


class Ticket(BoardView):
    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order = self.order(order_id)
        lines = lines_of([order])[order.pk]
        card = Card(order, timezone.now())
        card.fill(lines, most=len(lines))
        received = moment(order.location, order.created_at)
        return render(request, "board/ticket.html", {"card": card, "received": received})
