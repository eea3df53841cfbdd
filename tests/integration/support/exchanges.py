"""Exchanges of a single event, without the database."""

from integration.delivery.transport import Answer, Exchange
from integration.webhooks.endpoints import Destination

EVENT_ID = "2f1c8b7e-5a51-4c6e-9a53-0c8f4c1d2e3f"
BODY = '{"type":"location.catalog.updated","object":{"location_id":"Señor ☕"}}'
SECRET = "schlüssel-of-the-tests"


def exchange(url: str, *secrets: str, encoding: str = "hex", body: str = BODY) -> Exchange:
    destination = Destination(url, secrets or (SECRET,), encoding)
    return Exchange(destination, event_id=EVENT_ID, body=body)


def send(url: str, *secrets: str) -> Answer:
    return exchange(url, *secrets).run()
