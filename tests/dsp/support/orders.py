"""Orders of the channel as in the contract's examples, and what Stream is owed about them."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from dsp.models import ChannelOrder, Store
from dsp.orders import handover, placing, transitions
from integration.models import OutboundEvent

_CONTRACT = Path(__file__).parents[3] / "docs" / "contract-dsp.md"
READY_AT = datetime(2026, 1, 1, 0, 15, tzinfo=UTC)
ANN = {"id": "g1", "name": "Ann Lee", "email": "ann@example.com", "phone": "+15125550100"}


@cache
def _examples() -> list[str]:
    """Return the bodies of the contract's events to Stream, in its order."""
    text = _CONTRACT.read_text().partition("**EX-WH-NEW**")[2].partition("**EX-ERR**")[0]
    return re.findall(r"```json\n(.*?)```", text, re.DOTALL)


def example(name: str) -> dict[str, Any]:
    """Return the contract's example EX-WH-`name`."""
    names = ["NEW", "NEW-DRIVE", "NEW-DELIVERY", "CXL", "STORE", "DLV"]
    return dict(json.loads(_examples()[names.index(name)]))


def burger(name: str = "NEW") -> list[dict[str, Any]]:
    return list(example(name)["order"]["items"])


def unplaced(store: Store, **fields: Any) -> ChannelOrder:
    """Return the order of EX-WH-NEW, not placed yet."""
    common: dict[str, Any] = {
        "merchant": store.merchant,
        "store": store,
        "scope": "key:1",
        "idempotency_key": fields.get("provider_id", "ord_01"),
        "provider_id": "ord_01",
        "request_digest": "0" * 64,
        "fulfillment_type": "pickup",
        "customers": [ANN],
        "lines": burger(),
        "special_instructions": "Ring the bell",
        "should_include_utensils": False,
        "menu_number": 1,
        "ready_at": READY_AT,
        "currency": "usd",
        "subtotal": 2200,
        "tax": 187,
        "store_tip": 300,
        "total": 2687,
        "payment_provider": "acme",
        "payment_reference": "pay_1",
        "payment_amount": 2687,
    }
    return ChannelOrder(**common | fields)


def place(store: Store, **fields: Any) -> ChannelOrder:
    with transaction.atomic():
        return placing.place(unplaced(store, **fields))


def owed(order: ChannelOrder) -> list[OutboundEvent]:
    """Return the events about the order, in the order they arose."""
    events = OutboundEvent.objects.filter(ordering_key=handover.ordering_key(order))
    return list(events.order_by("pk"))


def bodies_owed(order: ChannelOrder) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in owed(order)]


def in_state(store: Store, state: str, **fields: Any) -> ChannelOrder:
    """Place an order that Stream has taken over, and put it into the state."""
    order = place(store, **fields)
    now = order.placed_at
    OutboundEvent.objects.filter(pk=order.outbound_event_id).update(
        state="delivered", ending="arrived", claim_count=1, last_claimed_at=now, finished_at=now
    )
    ended = now if ChannelOrder.State(state) in transitions.ENDS else None
    changes = {"state": state, "sent_at": now, "ended_at": ended}
    ChannelOrder.objects.filter(pk=order.pk).update(**changes)
    order.refresh_from_db()
    return order
