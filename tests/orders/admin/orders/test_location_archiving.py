"""Open orders are named, with links, before their location is archived."""

from django.urls import reverse

from catalog.models import Location
from orders.states import State

from .test_order_list import an_order, client

__all__ = ["client"]


def test_open_orders_are_named_before_their_location_is_closed(client, location):
    still_open, ended = an_order(location, "A-1"), an_order(location, "A-2", state=State.COMPLETED)
    address = reverse("admin:catalog_location_changelist")

    answer = client.post(address, {"action": "archive", "_selected_action": [location.pk]})

    shown = answer.content.decode()
    assert reverse("admin:orders_order_change", args=[still_open.pk]) in shown
    assert reverse("admin:orders_order_change", args=[ended.pk]) not in shown
    assert Location.objects.get(pk=location.pk).archived_at is None
