"""Take an order from the channel to the POS and its fate back (DSP-LOOP)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.checks.channel_events import CANCEL_ORDER, DELIVERY_STATUS, NEW_ORDER, STORE_STATUS
from sandbox.config import ChannelConfig
from sandbox.errors import SandboxError
from sandbox.state import now_ms
from sandbox.stream.authorization import Authorization
from sandbox.stream.send_orders import Ordering
from sandbox.wire.findings import is_whole

from . import records, translation
from .lanes import Lanes
from .menus.stream_ids import StreamIds
from .order_news import News
from .records import RECEIVED, WAITING, ChannelOrder, ReceivedEvent, Store, order_key
from .state import ChannelState
from .translation import Failure

SEARCH_SECONDS = 0.1
MAX_SEARCHES = 100
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_STATES = {
    "ready_for_pickup": records.READY,
    "completed": records.COMPLETED,
    "merchant_canceled": records.CANCELED,
}


@dataclass
class _Tries:
    """The tries of one step; the job that holds it runs again and again."""

    count: int = 0
    has_refreshed: bool = False


class OrderFlow:
    """Runs each order's steps in a lane of its own; nothing here makes the sender wait."""

    def __init__(
        self,
        config: ChannelConfig,
        state: ChannelState,
        news: News,
        ordering: Ordering,
        authorization: Authorization,
        stream_ids: StreamIds,
        lanes: Lanes,
    ) -> None:
        self._config = config
        self._state = state
        self._news = news
        self._ordering = ordering
        self._authorization = authorization
        self._stream_ids = stream_ids
        self._lanes = lanes

    def act(self, received: ReceivedEvent) -> None:
        """Act on an event of the channel that is no repeat."""
        event, key = received.event, order_key(received.store_id, received.order_id)
        if received.type == NEW_ORDER:
            self._begin(received)
        elif received.type == CANCEL_ORDER:
            self._lanes.submit(key, self._job(lambda tries: self._cancel(key, event, tries)))
        elif received.type == DELIVERY_STATUS:
            self._lanes.submit(key, self._job(lambda tries: self._driver(key, event, tries)))
        elif received.type == STORE_STATUS and self._state.find_store(received.store_id):
            self._state.change_store(received.store_id, status_update=event.get("status_update"))

    def pos_told(self, kind: str, location_id: str, subject: Mapping[str, Any]) -> None:
        """Act on the POS's webhook about an order, which can overtake the POS's answer."""
        pos_order_id = str(subject.get("provider_id"))

        def find(tries: _Tries) -> float | None:
            orders = [row for row in self._state.orders() if row.location_id == location_id]
            found = next((row for row in orders if row.pos_order_id == pos_order_id), None)
            if found is not None:
                key = found.key
                self._lanes.submit(key, lambda: self._apply(key, kind, subject))
                return None
            is_on_its_way = any(row.state == RECEIVED for row in orders)
            return SEARCH_SECONDS if is_on_its_way and tries.count < MAX_SEARCHES else None

        self._lanes.submit(f"pos {location_id}/{pos_order_id}", self._job(find))

    def _job(self, step: Callable[[_Tries], float | None]) -> Callable[[], float | None]:
        tries = _Tries()

        def job() -> float | None:
            tries.count += 1
            return step(tries)

        return job

    def _begin(self, received: ReceivedEvent) -> None:
        body = received.event.get("order")
        if not isinstance(body, dict) or not received.order_id:
            return
        store = self._state.find_store(received.store_id)
        order = ChannelOrder(
            store_id=received.store_id,
            order_id=received.order_id,
            merchant_id=store.merchant_id if store is not None else "",
            partner=received.partner,
            order=body,
            received_at=received.received_at,
            location_id=store.location_id if store is not None else "",
            pos_merchant_id=store.pos_merchant_id if store is not None else "",
        ).noted(received.received_at, "Received from the channel.")
        if self._state.add_order(order) is None:
            key = order.key
            self._lanes.submit(key, self._job(lambda tries: self._hand_over(key, tries)))

    def _hand_over(self, key: str, tries: _Tries) -> float | None:
        order = self._state.order(key)
        store = self._state.find_store(order.store_id)
        if store is None:
            reason = translation.LOCATION_NOT_FOUND
            self._state.note(
                key,
                "No connected merchant has this store: nobody can be told.",
                state=records.FAILED,
                failure_reason=reason,
            )
        elif not order.location_id:
            self._play(key, store)
        else:
            return self._offer(order, tries)
        return None

    def _offer(self, order: ChannelOrder, tries: _Tries) -> float | None:
        """Offer the order to its POS; again while the POS cannot answer, as long as it may."""
        created, unknown = translation.order_created(order, order.location_id, self._stream_ids)
        if unknown:
            message = f"The published menu has no {', '.join(unknown)}."
            self._news.fail(order.key, Failure(translation.POS_MISSING_ITEMS, message, unknown))
            return None
        sent = self._sent(order, "order.created", created["object"], tries)
        status = None if sent is None else sent["status"]
        if sent is not None and status == 200 and sent["order_id"]:
            self._answered(order.key, sent["order_id"], sent["answer"]["order"])
        elif sent is not None and status == 400 and isinstance(sent["answer"], dict):
            validation = sent["answer"].get("posValidation")
            self._news.fail(
                order.key,
                translation.failure_of(validation, order.location_id, self._stream_ids),
            )
        elif (gap := self._gap(status, tries)) is not None and self._has_time(order, gap):
            return gap
        else:
            reason = translation.NOT_ACCEPTING if _is_away(status) else translation.UNKNOWN
            self._news.fail(order.key, Failure(reason, f"The POS answered {status}."))
        return None

    def _answered(self, key: str, pos_order_id: str, answer: Mapping[str, Any]) -> None:
        minutes = answer.get("prep_time_minutes")
        changes = {"pos_order_id": pos_order_id, "prep_time_minutes": _whole(minutes)}
        if not answer.get("async_acceptance"):
            self._state.note(key, f"The POS took it as {pos_order_id}.", **changes)
            self._news.accept(key, minutes)
            return
        self._state.note(
            key, f"The POS took it as {pos_order_id} and decides later.", state=WAITING, **changes
        )
        seconds = self._config.decision_seconds
        late = Failure(translation.NOT_ACCEPTING, f"No decision within {seconds:g} s.")
        self._lanes.submit(
            f"deadline {key}",
            lambda: self._lanes.submit(key, lambda: self._news.fail(key, late)),
            delay_seconds=seconds,
        )

    def _apply(self, key: str, kind: str, subject: Mapping[str, Any]) -> None:
        order = self._state.order(key)
        if kind == "order.accepted":
            minutes = subject.get("prep_time_minutes", order.prep_time_minutes)
            self._news.accept(key, minutes)
        elif kind == "order.rejected":
            validation = subject.get("posValidation")
            failure = translation.failure_of(validation, order.location_id, self._stream_ids)
            self._news.fail(key, failure)
        elif kind == "order.status.updated":
            status = str(subject.get("status"))
            if status in _STATES:
                self._news.move(key, _STATES[status])
            else:
                self._state.note(key, f"The POS told {status}, which is not passed on.")

    def _play(self, key: str, store: Store) -> None:
        """Decide as the POS of another brand would."""
        self._state.note(key, "The sandbox plays the POS.", state=WAITING)

        def decide() -> None:
            if store.answer == "accept":
                self._news.accept(key, store.prep_time_minutes)
            elif store.answer == "fail":
                self._news.fail(key, _played_failure(self._state.order(key), store))

        # Not in the order's own lane, so that a cancelation need not wait.
        self._lanes.submit(
            f"play {key}",
            lambda: self._lanes.submit(key, decide),
            delay_seconds=store.delay_seconds,
        )

    def _cancel(self, key: str, event: Mapping[str, Any], tries: _Tries) -> float | None:
        """Tell the POS that the guest canceled, in both forms that it may understand."""
        if not self._state.has_order(key):
            return None
        order = self._state.order(key)
        if order.pos_order_id and order.state not in (records.FAILED, records.CANCELED):
            ids = {"location_id": order.location_id}
            reasons = {name: event[name] for name in _CANCEL_FIELDS if event.get(name)}
            canceled = {**ids, "provider_id": order.pos_order_id, **reasons}
            updated = {**ids, "order_id": order.pos_order_id, "status": "dsp_canceled"}
            gap = self._told(order, "order.canceled", canceled, tries)
            if gap is not None:
                return gap
            self._told(order, "order.updated", updated, tries)
        self._news.guest_canceled(key)
        return None

    def _driver(self, key: str, event: Mapping[str, Any], tries: _Tries) -> float | None:
        if not self._state.has_order(key):
            return None
        order = self._state.order(key)
        if not order.pos_order_id:
            self._state.note(key, f"Delivery: {event.get('delivery_status')}.")
            return None
        subject = {"location_id": order.location_id, "order_id": order.pos_order_id}
        subject |= {name: event[name] for name in _DELIVERY_FIELDS if event.get(name) is not None}
        return self._told(order, "order.updated", subject, tries)

    def _told(
        self, order: ChannelOrder, kind: str, subject: Mapping[str, Any], tries: _Tries
    ) -> float | None:
        sent = self._sent(order, kind, subject, tries)
        status = None if sent is None else sent["status"]
        self._state.note(order.key, f"{kind}: the POS answered {status or 'nothing'}.")
        return None if status == 200 else self._gap(status, tries)

    def _sent(
        self, order: ChannelOrder, kind: str, subject: Mapping[str, Any], tries: _Tries
    ) -> dict[str, Any] | None:
        """Send an event to the POS, with fresh tokens if need be; None if nothing came back."""
        try:
            sent = self._ordering.forward(order.pos_merchant_id, kind, subject)
            if sent["status"] == 401 and not tries.has_refreshed:
                tries.has_refreshed = True
                self._authorization.refresh(order.pos_merchant_id)
                sent = self._ordering.forward(order.pos_merchant_id, kind, subject)
        except SandboxError:
            return None
        return sent

    def _gap(self, status: int | None, tries: _Tries) -> float | None:
        if not _is_away(status) or tries.count > len(self._config.retry_seconds):
            return None
        return self._config.retry_seconds[tries.count - 1]

    def _has_time(self, order: ChannelOrder, gap: float) -> bool:
        return now_ms() + gap * 1000 < order.received_at + self._config.decision_seconds * 1000


_CANCEL_FIELDS = ("cancel_reason", "cancel_source")
_DELIVERY_FIELDS = ("delivery_status", "driver_details")


def _is_away(status: int | None) -> bool:
    return status is None or status in _AGAIN


def _whole(value: Any) -> int | None:
    return value if is_whole(value) else None


def _played_failure(order: ChannelOrder, store: Store) -> Failure:
    items = order.order.get("items")
    first = items[0] if isinstance(items, list) and items else {}
    about_items = (translation.ITEMS_UNAVAILABLE, translation.POS_MISSING_ITEMS)
    named = (str(first.get("id")),) if store.failure_reason in about_items and first else ()
    return Failure(store.failure_reason, "The sandbox plays a POS that fails.", named)
