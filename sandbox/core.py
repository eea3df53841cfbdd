"""The sandbox as one object: all its features, independent of its web server."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from .channel.role import Channel, PosSide
from .checks.connection_checks import POS_TOKENS
from .config import SandboxConfig
from .events.delivery import Delivery
from .events.role import EventsRole
from .state import State
from .stream.authorization import Authorization
from .stream.pulls import Pulls
from .stream.send_orders import Ordering
from .stream.webhooks import Receiver
from .wire.client import PosClient
from .wire.transport import Transport

LISTED_RECORDS = 50


class Sandbox:
    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.state = State()
        self.stopping = threading.Event()
        self._transport = Transport()
        client = PosClient(config, self._transport)
        self.authorization = Authorization(config.redirect_uri, client, self.state, POS_TOKENS)
        self.pulls = Pulls(client, self.state)
        self.delivery = Delivery(config, self._transport, self.state)
        self.events = EventsRole(self.state, self.delivery)
        self.ordering = Ordering(client, self.pulls, self.state, self.events.order_answered)
        self.channel = Channel(
            config,
            self._transport,
            PosSide(self.state, self.pulls, self.ordering, self.authorization),
            self.stopping,
        )
        self.receiver = Receiver(
            config.webhook_secret,
            config.signature_encoding,
            self.state,
            self.stopping,
            self._webhook_arrived,
        )

    def close(self) -> None:
        self.stopping.set()
        self.channel.close()
        self.delivery.close()
        self._transport.close()

    @property
    def version(self) -> int:
        """A number that grows with every change in any role."""
        return self.state.version + self.channel.state.version

    def _webhook_arrived(self, kind: str, subject: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            *self.events.webhook_arrived(kind, subject),
            *self.channel.webhook_arrived(kind, subject),
        )

    def overview(self) -> dict[str, Any]:
        """Return everything the page shows: the latest records only, with secrets masked."""
        state = self.state
        return {
            "version": self.version,
            "pos": self.config.pos_url,
            "redirect_uri": self.config.redirect_uri,
            "webhook_url": self.config.webhook_url,
            "signature_encoding": self.config.signature_encoding,
            "behaviour": state.behaviour.as_json(),
            "connections": [connection.as_json() for connection in state.connections()],
            "latest_order": state.orders.latest,
            "orders": state.orders.since(state.orders.latest - LISTED_RECORDS),
            "latest_webhook": state.webhooks.latest,
            "webhooks": state.webhooks.since(state.webhooks.latest - LISTED_RECORDS),
            "followed": [order.as_json() for order in state.followed_orders()[-LISTED_RECORDS:]],
            "latest_event": state.attempts.latest,
            "events": state.attempts.since(state.attempts.latest - LISTED_RECORDS),
            "events_url": self.config.events_url,
            "events_state": self.delivery.as_json(),
            "channel": self.channel.overview(),
        }
