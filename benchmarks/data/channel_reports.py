"""Orders that Stream has, at several stores of the channel, and its events that accept them."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.data import channel_shop
from dsp import client_role
from dsp.models import ChannelOrder, ReceivedEvent, Store
from dsp.models.orders import ChannelOrderEvent
from tests.support import factories

_STORES, _LINES = 20, 10


@dataclass(frozen=True)
class Feed:
    """The stores of one merchant, and Stream's token for its events."""

    stores: list[Store]
    token: str


@lru_cache
def make() -> Feed:
    merchant = factories.merchant(name="Reports")
    token = factories.access_token(
        factories.user(merchant), scope=client_role.EVENTS, role=client_role.NAME
    )
    now = timezone.now()
    stores = Store.objects.bulk_create(
        Store(merchant=merchant, name=f"Store {number}", timezone="UTC", connected_at=now)
        for number in range(_STORES)
    )
    return Feed(stores, token.raw)


def delete_all() -> None:
    """Empty the archive and the orders, for a fresh measurement."""
    with connection.cursor() as cursor:
        for model in (ReceivedEvent, ChannelOrder):
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


def accepting_events(feed: Feed, count: int) -> list[str]:
    """Create as many orders that were sent; return an event for each, its store by turns."""
    orders = ChannelOrder.objects.bulk_create(
        [_order(feed.stores[number % _STORES], number) for number in range(count)], batch_size=500
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # A database in use has current statistics.
    return [
        json.dumps(
            {
                "type": "location.order.accept",
                "location_id": feed.stores[number % _STORES].provider_id,
                "order_id": order.provider_id,
                "estimated_ready_at_ms": 1_900_000_000_000 + number,
            }
        )
        for number, order in enumerate(orders)
    ]


def stored() -> tuple[int, int, int]:
    """Return the numbers of archived events, of accepted orders, and of steps in histories."""
    accepted = ChannelOrder.objects.filter(state=ChannelOrder.State.ACCEPTED)
    return ReceivedEvent.objects.count(), accepted.count(), ChannelOrderEvent.objects.count()


def _order(store: Store, number: int) -> ChannelOrder:
    cart = channel_shop.cart(number, lines=_LINES)
    now = timezone.now()
    money: dict[str, Any] = {"currency": "usd", "subtotal": 9000, "tax": 765, "total": 9765}
    return ChannelOrder(
        merchant_id=store.merchant_id,
        store=store,
        number=f"{number}",
        business_day=now.date(),
        scope="key:1",
        idempotency_key=f"{number}",
        request_digest="0" * 64,
        answer="{}",
        state=ChannelOrder.State.SENT,
        sent_at=now,
        ready_at=now,
        fulfillment_type="pickup",
        customers=[{"id": "g1", "name": "Ann Lee", "phone": "+15125550100"}],
        lines=cart["lines"],
        menu_number=1,
        payment_amount=9765,
        **money,
    )
