"""The rows of an order just placed: the order, its event and its history, in one exchange."""

from django.db import DEFAULT_DB_ALIAS

from dsp.models import ChannelOrder, ChannelOrderEvent
from integration.db import statements
from integration.db.compiled import CompiledInsert
from integration.models import OutboundEvent
from integration.webhooks import first_event

# No statement of a pipeline sees the keys that those before it were given.
_ORDER = CompiledInsert(
    ChannelOrder,
    found_by={"outbound_event_id": OutboundEvent._meta.get_field("public_id")},
    returning=("id", "outbound_event_id"),
)
_STEP = CompiledInsert(
    ChannelOrderEvent, found_by={"order_id": ChannelOrder._meta.get_field("provider_id")}
)
_ORDER_COLUMNS = [field.attname for field in ChannelOrder._meta.concrete_fields]
_STEP_COLUMNS = [field.attname for field in ChannelOrderEvent._meta.concrete_fields]


def insert(order: ChannelOrder, step: ChannelOrderEvent, event: OutboundEvent | None) -> None:
    """Insert the unsaved rows in one transaction, or in the caller's. Raises IntegrityError."""
    columns = {name: getattr(order, name) for name in _ORDER_COLUMNS}
    columns["outbound_event_id"] = None if event is None else event.public_id
    steps = {name: getattr(step, name) for name in _STEP_COLUMNS}
    with statements.pipeline():
        if event is not None:
            first_event.insert(event)
        keys = _ORDER.execute_returning(**columns)
        _STEP.execute(**steps | {"order_id": order.provider_id})
    order.pk, order.outbound_event_id = keys()
    order._state.adding, order._state.db = False, DEFAULT_DB_ALIAS  # As Model.save() does.
    if event is not None:
        first_event.wake()
