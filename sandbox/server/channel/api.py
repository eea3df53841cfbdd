"""The API of the channel's role: one method per route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.channel.menus.stream_ids import StreamIds
from sandbox.channel.order_news import NEWS
from sandbox.channel.outbox import ARRANGEMENTS
from sandbox.channel.records import (
    ORDER_STATES,
    VERSIONS,
    Arrangement,
    ChannelOrder,
    Edition,
    Misconduct,
)
from sandbox.channel.state import MAX_WAIT_SECONDS, Misconducts
from sandbox.channel.translation import FAILURE_REASONS
from sandbox.core import Sandbox
from sandbox.errors import SandboxError
from sandbox.server.fields import raw_body, since
from sandbox.state import now_ms
from sandbox.stream.kinds import encoded
from sandbox.wire.inputs import Inputs

ANSWERS = ("accept", "fail", "silent")
OBJECT_TYPES = ("item_family", "item", "modifier")
EVENT_TYPES = (
    "location.paused",
    "location.resume",
    "location.publish",
    "location.update",
    "location.order.accept",
    "location.order.fail",
    "location.order.notify_status_change",
    "location.order.cancel",
)
MAX_SECONDS = 600.0
MAX_TIMES = 10_000
LATEST_MS = 10**15
Answer = dict[str, Any]


class ChannelApi:
    def __init__(self, sandbox: Sandbox) -> None:
        self._channel = sandbox.channel
        self._state = sandbox.channel.state
        posts: Mapping[str, Callable[[Inputs], Answer]] = {
            "connect": self.connect,
            "refresh": self.refresh,
            "locations": self.locations,
            "connection": self.connection,
            "link": self.link,
            "play": self.play,
            "publish": self.publish,
            "update": self.update,
            "pause": self.pause,
            "resume": self.resume,
            "tell": self.tell,
            "events": self.raw,
            "arrangement": self.arrangement,
            "receiver": self.receiver,
            "file-server": self.file_server,
        }
        gets: Mapping[str, Callable[[Inputs], Answer]] = {
            "stores": self.stores,
            "orders": self.orders,
            "received": self.received,
            "events": self.attempts,
            "ids": self.ids,
        }
        self.posts = {f"channel/{name}": route for name, route in posts.items()}
        self.gets = {f"channel/{name}": route for name, route in gets.items()}

    def connect(self, inputs: Inputs) -> Answer:
        return self._channel.connect(inputs.required("email"), inputs.required("password"))

    def refresh(self, inputs: Inputs) -> Answer:
        return self._channel.authorization.refresh(inputs.optional("merchant_id"))

    def locations(self, inputs: Inputs) -> Answer:
        return self._channel.stores(inputs.optional("merchant_id"))

    def connection(self, inputs: Inputs) -> Answer:
        return self._channel.publisher.connection(
            inputs.required("store_id"), inputs.choice("method", "GET", ("GET", "POST", "DELETE"))
        )

    def link(self, inputs: Inputs) -> Answer:
        """Link a store to a POS location, or to nothing without one."""
        store_id = inputs.required("store_id")
        store = self._channel.link(
            store_id, inputs.identifier("location_id"), inputs.optional("pos_merchant_id")
        )
        changes: Answer = {}
        if "version" in inputs:
            changes["version"] = inputs.choice("version", "v2", VERSIONS)
        if "opted_in" in inputs:
            changes["opted_in"] = inputs.flag("opted_in")
        return self._state.change_store(store_id, **changes).as_json() if changes else store

    def play(self, inputs: Inputs) -> Answer:
        """Set how the sandbox plays the POS of a store that is linked to nothing."""
        changed = self._state.change_store(
            inputs.required("store_id"),
            answer=inputs.choice("answer", "accept", ANSWERS),
            delay_seconds=inputs.seconds("delay_seconds", high=MAX_SECONDS),
            failure_reason=inputs.choice("failure_reason", "unknown", FAILURE_REASONS),
            prep_time_minutes=inputs.whole("prep_time_minutes", 15, low=0, high=1440),
        )
        return changed.as_json()

    def publish(self, inputs: Inputs) -> Answer:
        """Publish a menu; a given `file` is served as it is, a string verbatim, else as JSON."""
        file = inputs.raw("file")
        content = None if file is None else _content(file)
        holidays = inputs.raw("holidays") or []
        if not isinstance(holidays, list):
            raise SandboxError("holidays must be a list.")
        minutes = inputs.whole("prep_time_minutes", 0, low=0, high=1440)
        edition = Edition(
            version=inputs.choice("version", "", ("", *VERSIONS)),
            file=content,
            prep_time_minutes=minutes or None,
            holidays=tuple(holidays),
        )
        return self._channel.publisher.publish(inputs.required("store_id"), edition)

    def update(self, inputs: Inputs) -> Answer:
        """Switch one object of the POS; given `object_updates` are sent as they are."""
        store_id, publisher = inputs.required("store_id"), self._channel.publisher
        if "object_updates" in inputs:
            return publisher.update(store_id, inputs.raw("object_updates"))
        return publisher.switch(
            store_id,
            inputs.choice("object_type", "item_family", OBJECT_TYPES),
            inputs.required("object_id"),
            inputs.flag("is_active"),
        )

    def pause(self, inputs: Inputs) -> Answer:
        """Pause until an instant, for some minutes, or until a resume."""
        until = inputs.whole("until_ms", 0, low=0, high=LATEST_MS) or None
        if minutes := inputs.whole("minutes", 0, low=0, high=100_000):
            until = now_ms() + minutes * 60_000
        return self._channel.publisher.pause(inputs.required("store_id"), until)

    def resume(self, inputs: Inputs) -> Answer:
        return self._channel.publisher.resume(inputs.required("store_id"))

    def tell(self, inputs: Inputs) -> Answer:
        """Send an event of an order by hand, whatever its state is."""
        name = inputs.choice("event", "accept", NEWS)
        reason = inputs.choice("failure_reason", "unknown", FAILURE_REASONS)
        ids = inputs.raw("invalid_item_ids") or []
        if not isinstance(ids, list) or not all(isinstance(row, str) for row in ids):
            raise SandboxError("invalid_item_ids must be a list of ids.")
        fields = {
            "failure_reason": reason,
            "invalid_item_ids": ids,
            "error_message": inputs.text("error_message"),
            "estimated_ready_at_ms": inputs.whole(
                "estimated_ready_at_ms", 0, low=0, high=LATEST_MS
            ),
            "prep_time_minutes": inputs.whole("prep_time_minutes", 15, low=0, high=1440),
        }
        key = self._key(inputs)
        status = self._channel.news.by_hand(key, name, fields)
        return {"status": status, "order": self._state.order(key).as_json()}

    def raw(self, inputs: Inputs) -> Answer:
        if "body" not in inputs:
            raise SandboxError("body is missing.")
        return self._channel.raw(inputs.optional("merchant_id"), raw_body(inputs))

    def arrangement(self, inputs: Inputs) -> Answer:
        """Arrange the next events of a type, or of every type; `times: 0` ends it."""
        arranged = Arrangement(
            type=inputs.choice("type", "", ("", *EVENT_TYPES)),
            name=inputs.choice("arrangement", "in_order", ARRANGEMENTS),
            seconds=inputs.seconds("seconds", high=MAX_SECONDS),
            times_left=inputs.whole("times", 1, low=0, high=MAX_TIMES),
        )
        self._state.set_arrangement(arranged)
        return {"arrangement": arranged.as_json()}

    def receiver(self, inputs: Inputs) -> Answer:
        return _plan(self._state.receiver, inputs)

    def file_server(self, inputs: Inputs) -> Answer:
        return _plan(self._state.file_server, inputs)

    def stores(self, inputs: Inputs) -> Answer:
        names = self._channel.names()
        return {
            "stores": [
                {**store.as_json(), "name": names.get(store.store_id, "")}
                for store in self._state.stores()
            ]
        }

    def orders(self, inputs: Inputs) -> Answer:
        """List the received orders; with `wait_seconds`, wait for the first that matches."""
        names = ("store_id", "order_id", "pos_order_id")
        wanted = {name: inputs.text(name) for name in names if name in inputs}
        states = [state for state in inputs.text("state").split(",") if state]
        unknown = [state for state in states if state not in ORDER_STATES]
        if unknown:
            raise SandboxError(f"state must be some of {', '.join(ORDER_STATES)}.")

        def matches(order: ChannelOrder) -> bool:
            is_wanted = all(
                getattr(order, name) == value for name, value in wanted.items() if value
            )
            return is_wanted and (not states or order.state in states)

        found = self._state.await_order(matches, _seconds(inputs.text("wait_seconds")))
        return {"orders": [order.as_json() for order in found]}

    def received(self, inputs: Inputs) -> Answer:
        state = self._state
        return {"received": state.received.since(since(inputs)), "latest": state.received.latest}

    def attempts(self, inputs: Inputs) -> Answer:
        state = self._state
        return {"events": state.attempts.since(since(inputs)), "latest": state.attempts.latest}

    def ids(self, inputs: Inputs) -> Answer:
        """List Stream's ids of a store's menu with the POS's."""
        ids: StreamIds = self._channel.stream_ids
        return {"ids": ids.as_json(self._state.store(inputs.required("store_id")).location_id)}

    def _key(self, inputs: Inputs) -> str:
        order_id, store_id = inputs.required("order_id"), inputs.text("store_id")
        found = [
            order.key
            for order in self._state.orders()
            if order.order_id == order_id and store_id in ("", order.store_id)
        ]
        if len(found) != 1:
            raise SandboxError(
                f"{len(found)} received orders have the id {order_id!r}: name one with its store.",
                status=404,
            )
        return found[0]


def _plan(misconducts: Misconducts, inputs: Inputs) -> Answer:
    """Set the answers to the next requests; `times: 0` ends it."""
    planned = Misconduct(
        status=inputs.whole("status", 200, low=200, high=599) if "status" in inputs else None,
        delay_seconds=inputs.seconds("delay_seconds", high=60.0),
        silent=inputs.flag("silent"),
        taken=inputs.flag("taken"),
        times_left=inputs.whole("times", 1, low=0, high=MAX_TIMES),
    )
    misconducts.plan(planned)
    return {"planned": planned.as_json()}


def _content(file: Any) -> bytes:
    return file.encode("utf-8", "surrogatepass") if isinstance(file, str) else encoded(file)


def _seconds(text: str) -> float:
    try:
        seconds = float(text or 0)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise SandboxError(f"wait_seconds must be a number from 0 to {MAX_WAIT_SECONDS:g}.")
    return seconds
