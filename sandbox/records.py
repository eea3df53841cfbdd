"""Records kept by the sandbox: frozen dataclasses with their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CATALOG_ARRAYS = ("category", "item_family", "item", "modifier_group", "modifier", "menu", "tax")


class Sent:
    """A record of something sent, with its answer; the JSON form leaves out the raw body."""

    body: bytes
    raw_answer: str
    problems: tuple[str, ...]

    @property
    def weight(self) -> int:
        return len(self.body) * 2 + len(self.raw_answer) * 2

    def as_json(self) -> dict[str, Any]:
        fields = {name: value for name, value in vars(self).items() if name != "body"}
        return {**fields, "problems": list(self.problems)}


class Received:
    """A record of something received, exactly as it arrived."""

    body_bytes: int
    headers: Mapping[str, str]
    problems: tuple[str, ...]

    @property
    def weight(self) -> int:
        return self.body_bytes * 3

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "headers": dict(self.headers), "problems": list(self.problems)}


@dataclass(frozen=True)
class PulledCatalog:
    """The last catalog answered with 200; `key` is the location's id, or "" for the global one."""

    key: str
    etag: str
    raw: bytes = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)
    wire_bytes: int
    pulled_at: int
    last_status: int
    problems: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        arrays = {name: self.content.get(name) for name in CATALOG_ARRAYS}
        return {name: len(rows) if isinstance(rows, list) else 0 for name, rows in arrays.items()}

    def as_json(self) -> dict[str, Any]:
        return {
            "location_id": self.key or None,
            "merchant": not self.key,
            "etag": self.etag,
            "bytes": len(self.raw),
            "wire_bytes": self.wire_bytes,
            "counts": self.counts(),
            "pulled_at": self.pulled_at,
            "last_status": self.last_status,
            "problems": list(self.problems),
        }


@dataclass(frozen=True)
class Connection:
    """A merchant who authorized Stream, with the data pulled on the merchant's behalf."""

    merchant_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: tuple[str, ...]
    expire_time: int
    refresh_token_expire_time: int
    email: str
    connected_at: int
    refreshed_at: int | None = None
    problems: tuple[str, ...] = ()
    locations: tuple[Mapping[str, Any], ...] = ()
    connected: Mapping[str, bool] = field(default_factory=dict)
    catalogs: Mapping[str, PulledCatalog] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "merchant_id": self.merchant_id,
            "email": self.email,
            "scopes": list(self.scopes),
            "access_token": masked(self.access_token),
            "refresh_token": masked(self.refresh_token),
            "expire_time": self.expire_time,
            "refresh_token_expire_time": self.refresh_token_expire_time,
            "connected_at": self.connected_at,
            "refreshed_at": self.refreshed_at,
            "problems": list(self.problems),
            "locations": list(self.locations),
            "location_connections": dict(self.connected),
            "catalogs": [catalog.as_json() for catalog in self.catalogs.values()],
        }


@dataclass(frozen=True)
class SentEvent(Sent):
    """An order event sent to the POS, and the answer."""

    merchant_id: str
    type: str
    kind: str
    location_id: str
    body: bytes = field(repr=False)
    sent: Any
    sent_at: int
    status: int
    answer: Any
    raw_answer: str
    milliseconds: float
    order_id: str
    expectation: str
    as_expected: bool | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReceivedWebhook(Received):
    """A delivery exactly as it arrived, with the result of the signature check."""

    slug: str
    received_at: int
    type: str | None
    object: Any
    body: str = field(repr=False)
    body_bytes: int
    headers: Mapping[str, str]
    signature_valid: bool
    answered: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class FollowedOrder:
    """An order that Stream Events tells of, by Stream's ids; `order` is as it was confirmed.

    `pos_order_id` is empty if another POS took it, `reference_id` if Stream knows no such id.
    """

    order_id: str
    location_id: str
    reference_id: str
    pos_order_id: str
    order: Mapping[str, Any] = field(repr=False)
    status: str
    delivery_status: str = ""
    driver: Any = None
    assigned_at: int | None = None

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class EventAttempt(Sent):
    """One delivery of an event of Stream Events; `status` is None if there was no answer."""

    type: str
    order_id: str
    signature: str
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
class Behaviour:
    """The receiver's misbehavior for the next `times_left` deliveries."""

    status: int | None = None
    delay_seconds: float = 0.0
    times_left: int = 0

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def masked(secret: str) -> str:
    """Shorten a secret: enough to tell two apart, not enough to use one."""
    return f"{secret[:4]}… ({len(secret)} characters)" if len(secret) >= 16 else "…"
