"""A whole service on the stand's own servers: web, workers, receiver, and another merchant."""

import time
from collections import Counter

from django.db.models import Q

from tests.faults.receivers.receiver import Exchange
from tests.faults.stage.scene import Scene

from .load import Call, Load
from .restaurant import Restaurant
from .running import service_of
from .staff import Staff

_ORDERS_PER_SECOND, _READS_PER_SECOND, _PROBES_PER_SECOND = 20, 4, 10
_WAITING_ORDERS = 5


class Deployment:
    """The shared processes, and the order stream and the probes of one run."""

    def __init__(self, scene: Scene, *, workers: int = 1) -> None:
        self.scene = scene
        self.arrivals: dict[str, float] = {}  # Wall-clock time of an event's acceptance, by id.
        scene.receiver.behave = self._record
        service = service_of(scene, workers)
        self.port, self.web, self.workers = service.port, service.web, list(service.workers)
        self.get = service.get
        self.restaurant = Restaurant()
        self.orders = Load(self.port, _ORDERS_PER_SECOND, self.restaurant.call)
        self.reads = Load(self.port, _READS_PER_SECOND, self.restaurant.read, threads=8)
        self.probes = Load(self.port, _PROBES_PER_SECOND, lambda _: Call("GET", "/healthz"))
        self.staff = Staff(self.restaurant, self.port)
        self.waiting = Load(self.port, _WAITING_ORDERS, self.restaurant.waiting_call, threads=5)

    def start_loads(self) -> None:
        for load in (self.orders, self.reads, self.probes):
            load.start()

    def stop_loads(self) -> None:
        for load in (self.orders, self.reads, self.probes):
            load.stop()

    def has_told_all(self) -> bool:
        """Check that Stream knows the decision on every waiting order, or never will."""
        from orders.models import Order
        from orders.states import State, StreamKnows

        orders = Order.objects.filter(location=self.restaurant.manual)
        waiting = orders.filter(Q(state=State.PENDING) | Q(stream_knows=StreamKnows.WAITING))
        return not waiting.exists()

    def stored(self) -> Counter[str]:
        """Return how often each order of the automatic location is stored, by its mark."""
        from orders.models import Order

        orders = Order.objects.filter(location=self.restaurant.automatic)
        return Counter(orders.values_list("dsp_order_id", flat=True))

    def place_waiting_orders(self) -> None:
        """Place orders that wait for staff and are decided about ten seconds later."""
        self.waiting.start()
        time.sleep(1)
        self.waiting.stop()
        self.restaurant.age_waiting()

    def _record(self, exchange: Exchange) -> None:
        self.arrivals.setdefault(exchange.request.event_id, time.time())
        exchange.answer(200)
