"""Records of the channel's role: frozen dataclasses with their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.records import Received, Sent

V1, V2 = "v1", "v2"
VERSIONS = (V1, V2)

# States of an order at Stream.
RECEIVED = "received"
WAITING = "waiting"
ACCEPTED = "accepted"
READY = "ready_for_pickup"
COMPLETED = "completed"
FAILED = "failed"
CANCELED = "canceled"
GUEST_CANCELED = "guest_canceled"
ORDER_STATES = (RECEIVED, WAITING, ACCEPTED, READY, COMPLETED, FAILED, CANCELED, GUEST_CANCELED)
UNDECIDED = (RECEIVED, WAITING)


@dataclass(frozen=True)
class Edition:
    """The wishes for a publish; without a `file` it is made from the catalog."""

    version: str = ""
    file: bytes | None = field(default=None, repr=False)
    prep_time_minutes: int | None = None
    holidays: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Store:
    """A store of the channel: the POS location behind it, or how the sandbox plays its POS.

    `switched` are the objects switched on or off since the last publish, by provider_id.
    """

    store_id: str
    merchant_id: str
    location_id: str = ""
    pos_merchant_id: str = ""
    version: str = V2
    opted_in: bool = True
    answer: str = "accept"
    delay_seconds: float = 0.0
    failure_reason: str = "unknown"
    prep_time_minutes: int = 15
    connected: bool | None = None
    publishes: int = 0
    published_at: int | None = None
    download_url: str = ""
    status_update: Any = None
    edition: Edition = Edition()
    switched: Mapping[str, bool] = field(default_factory=dict)

    @property
    def is_linked(self) -> bool:
        return bool(self.location_id)

    def as_json(self) -> dict[str, Any]:
        hidden = ("switched", "edition")
        fields = {name: value for name, value in vars(self).items() if name not in hidden}
        return {**fields, "is_linked": self.is_linked}


@dataclass(frozen=True)
class MenuFile:
    """A published file, served under a signed URL."""

    store_id: str
    number: int
    content: bytes = field(repr=False)
    signature: str = field(repr=False)


@dataclass(frozen=True)
class ChannelOrder:
    """An order of the channel on its way through Stream; `order` is as it was received."""

    store_id: str
    order_id: str
    merchant_id: str
    partner: str
    order: Mapping[str, Any] = field(repr=False)
    received_at: int
    state: str = RECEIVED
    location_id: str = ""
    pos_merchant_id: str = ""
    pos_order_id: str = ""
    prep_time_minutes: int | None = None
    failure_reason: str = ""
    history: tuple[Mapping[str, Any], ...] = ()

    @property
    def key(self) -> str:
        return order_key(self.store_id, self.order_id)

    def noted(self, at: int, text: str, **changes: Any) -> ChannelOrder:
        """Return the order with these changes and a line of history."""
        line = {"at": at, "text": text}
        return replace(self, history=(*self.history, line)[-100:], **changes)

    def as_json(self) -> dict[str, Any]:
        return {
            **vars(self),
            "number": self.order.get("customer_facing_id", ""),
            "history": list(self.history),
        }


@dataclass(frozen=True)
class ReceivedEvent(Received):
    """An event of the channel exactly as it arrived, with the result of the checks.

    `signature` is the encoding in which the signature is valid, or "".
    """

    partner: str
    received_at: int
    type: str | None
    store_id: str
    order_id: str
    event: Any
    body: str = field(repr=False)
    body_bytes: int
    headers: Mapping[str, str]
    signature: str
    answered: int | None
    taken: bool
    is_repeat: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventAttempt(Sent):
    """One try of an event to the channel; `status` is None if there was no answer."""

    type: str
    store_id: str
    order_id: str
    arrangement: str
    body: bytes = field(repr=False)
    sent: Any
    attempt: int
    sent_at: int
    status: int | None
    raw_answer: str
    milliseconds: float
    next_at: int | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Misconduct:
    """The answers of a receiver for the next requests: a status, a delay, or silence.

    `taken` tells whether a request counts as received nevertheless.
    """

    status: int | None = None
    delay_seconds: float = 0.0
    silent: bool = False
    taken: bool = False
    times_left: int = 0

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Arrangement:
    """The treatment of the next events of a type; an empty type means every type."""

    type: str
    name: str
    seconds: float = 0.0
    times_left: int = 0

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def order_key(store_id: str, order_id: str) -> str:
    return f"{store_id}/{order_id}"
