"""Channel orders as rows, for the pages that show them."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from dsp.models import ChannelOrder, Refund, Store
from dsp.orders import handover
from integration.models import OutboundEvent

# EX-WH-NEW of the contract.
LINES = [
    {
        "id": "s-var-burger-l", "item_id": "s-fam-burger", "category_id": "s-cat-burgers",
        "name": "Burger, large", "quantity": 2, "price": 1000, "currency": "usd",
        "customer_id": "g1", "special_instructions": "No pickles",
        "modifiers": [
            {
                "id": "s-mod-cheese", "modifier_group_id": "s-mg-extras", "name": "Cheese",
                "quantity": 1, "price": 100, "currency": "usd",
                "modifiers": [
                    {
                        "id": "s-mod-cheddar", "modifier_group_id": "s-mg-kind",
                        "name": "Cheddar", "quantity": 1, "price": 0, "currency": "usd",
                        "modifiers": [],
                    }
                ],
            }
        ],
    }
]  # fmt: skip
GUEST = {"id": "g1", "name": "Ann Lee", "email": "ann@example.com", "phone": "+15125550100"}
AMOUNTS = {"subtotal": 2200, "tax": 187, "store_tip": 300, "total": 2687}
_ENDS = {"completed", "failed", "canceled", "guest_canceled", "given_up", "expired"}
_numbers = count(1)


def channel_order(store: Store, state: str = "accepted", **fields: Any) -> ChannelOrder:
    """Create an order of EX-WH-NEW, paid in full unless `is_unpaid`."""
    now, number = timezone.now(), next(_numbers)
    is_unpaid = fields.get("is_unpaid", False)
    row = {
        "merchant": store.merchant,
        "number": f"A{number}",
        "business_day": now.date(),
        "scope": "key:1",
        "idempotency_key": str(number),
        "state": state,
        "state_since": now,
        "ended_at": now if state in _ENDS else None,
        "ready_at": now + timedelta(minutes=20),
        "fulfillment_type": "drive_thru" if is_unpaid else "pickup",
        "customers": [GUEST],
        "lines": LINES,
        "taxes": [{"id": "s-tax", "name": "Sales tax", "amount": 187}],
        "menu_number": 1,
        "currency": "usd",
        **AMOUNTS,
    }
    if not is_unpaid:
        paid = {"payment_provider": "Stripe", "payment_reference": "pi_1", "payment_amount": 2687}
        row |= paid
    return ChannelOrder.objects.create(store=store, **row | fields)


def owed_refund(order: ChannelOrder, **fields: Any) -> Refund:
    ChannelOrder.objects.filter(pk=order.pk).update(money=ChannelOrder.Money.DUE)
    order.money = ChannelOrder.Money.DUE
    row = {"amount": order.total, "currency": order.currency, "reason": order.failure_reason}
    return Refund.objects.create(order=order, **row | fields)


def owed_event(order: ChannelOrder, event_type: str = "new_order") -> OutboundEvent:
    return OutboundEvent.objects.create(
        merchant=order.merchant,
        endpoint="stream_dsp",
        location_id=order.store.provider_id,
        event_type=event_type,
        ordering_key=handover.ordering_key(order),
        body=f'{{"type":"{event_type}","order_id":"{order.provider_id}"}}',
    )
