"""The role as one object: Stream between the channel's stores and POS locations."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.checks.channel_checks import store_problems
from sandbox.checks.connection_checks import CHANNEL_TOKENS
from sandbox.config import SandboxConfig
from sandbox.errors import SandboxError
from sandbox.state import State
from sandbox.stream.authorization import Authorization
from sandbox.stream.pulls import Pulls
from sandbox.stream.send_orders import Ordering
from sandbox.wire.channel_client import ChannelClient
from sandbox.wire.findings import rows
from sandbox.wire.transport import Transport

from .lanes import Lanes
from .menus.files import MenuFiles
from .menus.stream_ids import StreamIds
from .order_flow import OrderFlow
from .order_news import News
from .outbox import Event, Outbox
from .publishing import Publisher
from .receiver import ChannelReceiver
from .state import ChannelState

LISTED_RECORDS = 50
ORDER_WEBHOOKS = ("order.accepted", "order.rejected", "order.status.updated")


@dataclass(frozen=True)
class PosSide:
    """The role towards the POS, which this one feeds."""

    state: State
    pulls: Pulls
    ordering: Ordering
    authorization: Authorization


class Channel:
    def __init__(
        self, config: SandboxConfig, transport: Transport, pos: PosSide, stopping: threading.Event
    ) -> None:
        self.config = config
        self.state = ChannelState()
        self.stream_ids = StreamIds()
        self._pos = pos
        self._client = ChannelClient(config, transport)
        self._lanes = Lanes("channel")
        self.authorization = Authorization(
            config.channel_redirect_uri, self._client, self.state, CHANNEL_TOKENS
        )
        self.outbox = Outbox(config, self._client, self.authorization, self.state)
        self.news = News(self.state, self.outbox)
        files = MenuFiles(pos.state, pos.pulls, self.stream_ids, config.channel.partner)
        self.publisher = Publisher(
            config, self._client, self.outbox, self.state, files, self._lanes
        )
        self.orders = OrderFlow(
            config.channel,
            self.state,
            self.news,
            pos.ordering,
            pos.authorization,
            self.stream_ids,
            self._lanes,
        )
        self.receiver = ChannelReceiver(
            config.channel.webhook_secret, self.state, stopping, self.orders.act
        )

    @property
    def is_on(self) -> bool:
        return bool(self.config.channel.client_id)

    def need(self) -> None:
        """Raise SandboxError unless the sandbox has credentials at a channel."""
        if not self.is_on:
            raise SandboxError(
                "The sandbox has no client of an ordering channel: set STREAM_DSP_CLIENT_ID.",
                status=409,
            )

    def close(self) -> None:
        self._lanes.close()
        self.outbox.close()

    def connect(self, email: str, password: str) -> dict[str, Any]:
        """Go through the channel's pages as this merchant, and get the merchant's stores."""
        self.need()
        summary = self.authorization.connect(email, password)
        stores = self.stores(summary["merchant_id"])
        return {
            **summary,
            "stores": stores["stores"],
            "problems": [*summary["problems"], *stores["problems"]],
        }

    def stores(self, merchant_id: str | None) -> dict[str, Any]:
        """Get the stores of a merchant; their links and settings are kept."""
        known = self.state.connection(merchant_id)
        answer = self._client.stores(known.access_token)
        body = answer.json if answer.status == 200 and isinstance(answer.json, dict) else {}
        found = tuple(rows(body.get("locations")))
        if answer.status == 200:
            self.state.keep_locations(known.merchant_id, found)
            ids = [row["provider_id"] for row in found if isinstance(row.get("provider_id"), str)]
            self.state.add_stores(known.merchant_id, ids)
        return {
            "merchant_id": known.merchant_id,
            "stores": list(found),
            "status": answer.status,
            "milliseconds": answer.milliseconds,
            "problems": list(store_problems(answer)),
        }

    def names(self) -> dict[str, str]:
        """Return the names of the stores by their ids."""
        return {
            str(row.get("provider_id")): str(row.get("name", ""))
            for known in self.state.connections()
            for row in known.locations
        }

    def link(self, store_id: str, location_id: str, pos_merchant_id: str | None) -> dict[str, Any]:
        """Put a POS location behind a store; without a location the sandbox plays its POS."""
        self.state.store(store_id)
        merchant_id = ""
        if location_id:
            merchant_id = self._merchant_of(location_id, pos_merchant_id)
        changed = self.state.change_store(
            store_id, location_id=location_id, pos_merchant_id=merchant_id
        )
        return changed.as_json()

    def overview(self) -> dict[str, Any]:
        """Return everything the page shows of the role, the latest records only."""
        state, names = self.state, self.names()
        return {
            "is_on": self.is_on,
            "url": self.config.channel_url,
            "order_url": self.config.order_url,
            "redirect_uri": self.config.channel_redirect_uri,
            "has_secret": bool(self.config.channel.webhook_secret),
            "waiting": self.outbox.waiting,
            "connections": [known.as_json() for known in state.connections()],
            "stores": [
                {**store.as_json(), "name": names.get(store.store_id, "")}
                for store in state.stores()
            ],
            "orders": [order.as_json() for order in state.orders()[-LISTED_RECORDS:]],
            "latest_received": state.received.latest,
            "received": state.received.since(state.received.latest - LISTED_RECORDS),
            "latest_event": state.attempts.latest,
            "events": state.attempts.since(state.attempts.latest - LISTED_RECORDS),
            "arrangements": [row.as_json() for row in state.arrangements()],
            "receiver": state.receiver.planned.as_json(),
            "file_server": state.file_server.planned.as_json(),
        }

    def raw(self, merchant_id: str | None, body: bytes) -> dict[str, Any]:
        """Send exactly these bytes as an event."""
        known = self.state.connection(merchant_id)
        status = self.outbox.send_and_wait(Event("raw", known.merchant_id, "", body))
        return {"status": status}

    def webhook_arrived(self, kind: str, subject: Mapping[str, Any]) -> tuple[str, ...]:
        """Act on the POS's webhook at a location that has stores of the channel."""
        location_id = str(subject.get("location_id"))
        if kind in ORDER_WEBHOOKS:
            self.orders.pos_told(kind, location_id, subject)
        for store in self.state.stores_of(location_id):
            if kind == "location.catalog.updated":
                self.publisher.publish_later(store.store_id)
            elif kind == "location.catalog.object.updated":
                self._switch(store.store_id, subject)
            elif kind == "location.status.updated":
                self._pause(store.store_id, subject)
        return ()

    def _switch(self, store_id: str, subject: Mapping[str, Any]) -> None:
        update = subject.get("object_update")
        is_active = update.get("is_active") if isinstance(update, dict) else None
        if isinstance(is_active, bool):
            self.publisher.switch_later(
                store_id,
                str(subject.get("object_type")),
                str(subject.get("object_id")),
                is_active,
            )

    def _pause(self, store_id: str, subject: Mapping[str, Any]) -> None:
        if subject.get("status") == "inactive":
            self.publisher.pause_later(store_id, subject.get("paused_until"))
        elif subject.get("status") == "active":
            self.publisher.resume_later(store_id)

    def _merchant_of(self, location_id: str, merchant_id: str | None) -> str:
        """Return the connected merchant of the POS who has the location."""
        if merchant_id:
            return self._pos.state.connection(merchant_id).merchant_id
        for known in reversed(self._pos.state.connections()):
            if any(row.get("provider_id") == location_id for row in known.locations):
                return known.merchant_id
        return self._pos.state.connection().merchant_id
