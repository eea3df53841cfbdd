"""A whole service on the stand's own servers: web, workers, receiver, and another merchant."""

import http.client
import json
import time
from collections import Counter
from typing import Any

from django.db.models import Q

from stream_pos.runtime import processes as child_processes
from tests.faults.receivers.receiver import Exchange
from tests.faults.servers.processes import Process, free_port, until
from tests.faults.stage.scene import Scene

from .load import Call, Load
from .restaurant import Restaurant

_ORDERS_PER_SECOND, _PROBES_PER_SECOND = 20, 10
_WAITING_ORDERS = 5


class Deployment:
    """The processes, the order stream and the probes of one run."""

    def __init__(self, scene: Scene, *, workers: int = 1) -> None:
        self.scene = scene
        self.port = free_port()
        self.arrivals: dict[str, float] = {}  # Wall-clock time of an event's acceptance, by id.
        scene.receiver.behave = self._record
        self.restaurant = Restaurant()
        command = child_processes.web("127.0.0.1", self.port).command
        supervised = {"STREAM_POS_SUPERVISED": "1"}
        self.web = scene.processes.start("web", command, supervised)
        self.workers: list[Process] = [scene.worker(wait=False) for _ in range(workers)]
        for worker in self.workers:
            scene.processes.await_start(worker)
        until("the start of the web server", lambda: self.get("/healthz")[0] == 200, 60)
        self.orders = Load(self.port, _ORDERS_PER_SECOND, self.restaurant.call)
        self.probes = Load(self.port, _PROBES_PER_SECOND, lambda _: Call("GET", "/healthz"))
        self.waiting = Load(self.port, _WAITING_ORDERS, self.restaurant.waiting_call, threads=5)

    def start_loads(self) -> None:
        self.orders.start()
        self.probes.start()

    def stop_loads(self) -> None:
        self.orders.stop()
        self.probes.stop()

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

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and JSON of a page; status 0 without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        except (OSError, http.client.HTTPException):
            return 0, None
        except ValueError:
            return response.status, None
        finally:
            connection.close()

    def _record(self, exchange: Exchange) -> None:
        self.arrivals.setdefault(exchange.request.event_id, time.time())
        exchange.answer(200)
