"""Stream's events, shuffled and twice, while processes are killed: every order ends right."""

import hashlib
import hmac
import random

from django.conf import settings

from tests.faults.events import counts
from tests.faults.events.tale import Tale
from tests.faults.orders.client import Client
from tests.faults.servers.processes import until
from tests.faults.stage.scene import Fault, Scene

from .kill_run import THREADS, Deployment, kill_while_sending

_EVENTS = {False: 500, True: 20_000}
_PATH = "/stream-events/v1/events"


def _killed(scene: Scene) -> None:
    tale = Tale(_EVENTS[scene.size.is_long])
    twice = tale.events * 2
    random.Random(22).shuffle(twice)
    deployment = Deployment(scene)
    client = Client(deployment.port, _PATH, _signed, twice, threads=THREADS)
    scene.count_with(lambda outcome: counts.count(outcome, tale, client))
    kill_while_sending(scene, deployment, client)
    until("the end of all events", counts.is_all_processed, 180)


def _signed(body: bytes) -> dict[str, str]:
    key = settings.STREAM_EVENTS_SECRETS[0].encode()
    return {"X-Stream-Signature": hmac.new(key, body, hashlib.sha256).hexdigest()}


FAULTS = [Fault("followed orders while processes are killed", _killed)]
