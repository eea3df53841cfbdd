"""Open orders, named before their location is archived."""

from collections.abc import Iterable

from django.urls import reverse

from catalog.admin.locations import archiving
from catalog.admin.locations.archiving import Named
from catalog.models import Location
from orders.models import Order
from orders.states import ENDS

_SHOWN = 50


def open_orders(location: Location) -> Iterable[Named]:
    """Yield the orders at the location that somebody still waits for."""
    orders = Order.objects.filter(location=location).exclude(state__in=ENDS)
    for order in orders.order_by("created_at", "pk")[:_SHOWN]:
        address = reverse("admin:orders_order_change", args=[order.pk])
        yield Named("open order", str(order), address)


archiving.NAMED_BY.append(open_orders)
