"""The event types that the catalog emits (contract WH)."""

from integration.webhooks.event_types import EventType

from .events import catalog_updated, object_updated
from .locations import pause

TYPES = (
    EventType(pause.STATUS_UPDATED, holds_personal_data=False),
    EventType(catalog_updated.EVENT_TYPE, holds_personal_data=False),
    EventType(
        object_updated.EVENT_TYPE,
        holds_personal_data=False,
        is_still_true=object_updated.is_still_true,
    ),
)
