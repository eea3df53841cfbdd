"""The registry of event types: everything the delivery engine needs to know about one.

Each app describes the types that it emits in its `event_types` module and registers them when
Django starts (AppConfig.ready). A type that nobody registered has the defaults of EventType.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from integration.models import OutboundEvent


@dataclass(frozen=True)
class EventType:
    """One type of event, as its app describes it.

    `window` is how long after its creation such an event is worth sending; None: its retries
    decide, or the end that an urgent event brings with it. An `is_urgent` event is sent even to a
    failing receiver, and never after its end. `is_still_true` is asked before an event is sent
    again. `on_ended` is called in the transaction that ends an event, when its `state` and
    `ending` are set; an event that was sent again ends more than once. `after_failure` is a
    sentence on what follows when it is given up, for a type that nobody sends again by hand.
    """

    name: str
    window: timedelta | None = None
    is_urgent: bool = False
    holds_personal_data: bool = True
    is_still_true: Callable[[OutboundEvent], bool] | None = None
    on_ended: tuple[Callable[[OutboundEvent], None], ...] = ()
    after_failure: str = ""


_registered: dict[str, EventType] = {}


def register(*event_types: EventType) -> None:
    """Add the types. The same description may be registered again; another is a ValueError."""
    for event_type in event_types:
        known = _registered.setdefault(event_type.name, event_type)
        if known != event_type:
            raise ValueError(f"The event type {event_type.name} is registered already.")


def get(name: str) -> EventType:
    """Return the type of this name, with the defaults if nobody registered it."""
    return _registered.get(name) or EventType(name)


def registered() -> list[EventType]:
    """Return every registered type, for queries that pick some of them by a property."""
    return list(_registered.values())
