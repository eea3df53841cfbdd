"""Orders of the channel while processes are killed: each reaches Stream once and ends right."""

import os
from contextlib import closing

from tests.faults.channel import counts, shop
from tests.faults.channel.guests import Guests
from tests.faults.channel.stream import Reports, Stream
from tests.faults.servers.processes import until
from tests.faults.stage.scene import Fault, Scene, all_finished

from .kill_run import THREADS, Deployment, kill_while_sending

_ORDERS = {False: 200, True: 20_000}
_END_SECONDS = 600  # Until all events of all orders are taken, one at a time in each store.
_SECONDS = {False: 45, True: 4_800}  # Then no more guests begin, on a slow machine.


def _killed(scene: Scene) -> None:
    count = int(os.environ.get("FAULTS_ORDERS", _ORDERS[scene.size.is_long]))
    restaurant = shop.Shop(scene.stand.folder)
    reports = Reports(restaurant.token)
    stream = scene.enter(closing(Stream(restaurant.store.provider_id, reports)))
    deployment = Deployment(scene, shop.settings(stream.url))
    reports.start(deployment.port)
    guests = Guests(
        deployment.port,
        restaurant.store.provider_id,
        restaurant.key,
        count,
        seconds=float(os.environ.get("FAULTS_SECONDS", _SECONDS[scene.size.is_long])),
        threads=THREADS,
    )
    scene.count_with(lambda outcome: counts.count(outcome, restaurant, guests, stream, reports))
    kill_while_sending(scene, deployment, guests)
    until(
        "the end of all orders",
        lambda: all_finished() and counts.is_settled(restaurant, reports),
        _END_SECONDS,
    )


FAULTS = [Fault("channel orders while processes are killed", _killed)]
