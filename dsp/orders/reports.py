"""Stream's reports on an order: the content of its order events (contract DSP-EV)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """The meaning of an event, with the status of a notification read already."""

    ACCEPT = "accept"
    FAIL = "fail"
    CANCEL = "cancel"
    IN_PROGRESS = "in_progress"
    READY = "ready_for_pickup"
    OUT_FOR_DELIVERY = "out_for_delivery"
    COMPLETED = "completed"
    OTHER = "other"


# Of order_status_update; the published client has the first and the last but one only.
STATUSES = {
    "ready_for_pickup": Kind.READY,
    "in_progress": Kind.IN_PROGRESS,
    "out_for_delivery": Kind.OUT_FOR_DELIVERY,
    "completed": Kind.COMPLETED,
    "canceled": Kind.CANCEL,
}


@dataclass(frozen=True)
class Report:
    """One event about an order; unset texts are empty."""

    kind: Kind
    order_id: str
    ready_at: datetime | None = None
    reason: str = ""
    invalid_ids: tuple[str, ...] = ()
    message: str = ""
    status: str = ""

    @property
    def digest(self) -> str:
        """The content's checksum: events carry no id, so a repeat is one with the same content."""
        return hashlib.sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()
