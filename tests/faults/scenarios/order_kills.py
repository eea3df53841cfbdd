"""Orders while processes are killed: none may be lost or stored twice."""

from tests.faults.orders import counts
from tests.faults.orders.client import Client
from tests.faults.orders.shop import Shop
from tests.faults.servers.processes import until
from tests.faults.stage.scene import Fault, Scene, all_finished

from .kill_run import THREADS, Deployment, kill_while_sending

_ORDERS = {False: 500, True: 20_000}
_PATH = "/stream-pos/v1/orders"


def _killed(scene: Scene) -> None:
    count = _ORDERS[scene.size.is_long]
    shop = Shop(count)
    orders = shop.orders(count)
    deployment = Deployment(scene)
    authorization = {"Authorization": f"Bearer {shop.token}"}
    client = Client(deployment.port, _PATH, lambda _: authorization, orders, threads=THREADS)
    scene.count_with(lambda outcome: counts.count(outcome, shop, orders, client))
    kill_while_sending(scene, deployment, client)
    until("the end of all events", lambda: all_finished() and counts.is_stream_notified(shop), 180)


FAULTS = [Fault("orders while processes are killed", _killed)]
