"""The sandbox as one object: everything it can do, without any HTTP of its own."""

from __future__ import annotations

import threading
from typing import Any

from .config import SandboxConfig
from .state import State
from .stream.authorization import Authorization
from .stream.pulls import Pulls
from .stream.send_orders import Ordering
from .stream.webhooks import Receiver
from .wire.client import PosClient
from .wire.transport import Transport

SHOWN_RECORDS = 50


class Sandbox:
    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.state = State()
        self.stopping = threading.Event()
        self._transport = Transport()
        client = PosClient(config, self._transport)
        self.authorization = Authorization(config, client, self.state)
        self.pulls = Pulls(client, self.state)
        self.ordering = Ordering(client, self.pulls, self.state)
        self.receiver = Receiver(
            config.webhook_secret, config.signature_encoding, self.state, self.stopping
        )

    def close(self) -> None:
        self.stopping.set()
        self._transport.close()

    def overview(self) -> dict[str, Any]:
        """Everything a page shows, the newest records only and no secret readable."""
        state = self.state
        return {
            "version": state.version,
            "pos": self.config.pos_url,
            "redirect_uri": self.config.redirect_uri,
            "webhook_url": self.config.webhook_url,
            "signature_encoding": self.config.signature_encoding,
            "behaviour": state.behaviour.as_json(),
            "connections": [known.as_json() for known in state.connections()],
            "latest_order": state.latest_order,
            "orders": state.orders_since(state.latest_order - SHOWN_RECORDS),
            "latest_webhook": state.latest_webhook,
            "webhooks": state.webhooks_since(state.latest_webhook - SHOWN_RECORDS),
        }
