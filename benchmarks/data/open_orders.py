"""Fill the board with open orders in every open state."""

from benchmarks.results.measures import NotMeasured
from orders.inbound import views
from orders.inbound.caller import Caller
from orders.models import Order
from orders.states import State

from . import menus, order_bodies

_STATES = (
    State.PENDING,
    State.IN_PROGRESS,
    State.IN_PROGRESS,
    State.READY_FOR_PICKUP,
    State.OUT_FOR_DELIVERY,
)


def make(menu: menus.Menu, count: int = 200) -> list[Order]:
    """Receive orders of ten lines each as Stream sends them, then spread them over the states."""
    order_bodies.restock(menu)
    before = set(Order.objects.values_list("pk", flat=True))
    with order_bodies.bodies_file(menu, count) as file:
        for body in file.read_bytes().splitlines():
            answer = views.handle(Caller.of(menu.merchant), body)
            if answer.status != 200:
                raise NotMeasured(f"An order was answered {answer.status}: {answer.body!r}")
    orders = list(Order.objects.exclude(pk__in=before).order_by("created_at"))
    for number, order in enumerate(orders):
        order.state = _STATES[number % len(_STATES)]
    Order.objects.bulk_update(orders, ["state"])
    return orders
