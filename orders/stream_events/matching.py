"""Finds the order of our own that a followed order is, so that nobody sees one order twice.

`pos_order_id` is our ID of it, or channel and channel's ID are the same at the same location. Our
order is normally stored before Stream confirms it; one that comes later is found by `look_again`.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from orders.models import FollowedOrder, Order, StreamEvent

from .schema import CONFIRMED

# Stream confirms an order within minutes; its channel's ID may come again after days.
_SINCE = timedelta(days=1)
_AGAIN_FOR = timedelta(hours=6)
_EVENTS_AT_ONCE = 2_000
_ORDERS_AT_ONCE = 500


def match(orders: Collection[FollowedOrder]) -> list[FollowedOrder]:
    """Set `own_order` where there is one; return those orders. Two queries, whatever the number."""
    candidates = [one for one in orders if one.merchant_id is not None and one.own_order_id is None]
    if not candidates:
        return []
    by_key, by_channel = _named(candidates), _of_channels(candidates)
    matched = []
    for order in candidates:
        found = by_key.get((order.merchant_id, _key(order.pos_order_id)))
        found = found or by_channel.get((order.location_id, *_channel(order)))
        if found is not None:
            order.own_order_id = found
            matched.append(order)
    return matched


def _named(orders: Sequence[FollowedOrder]) -> dict[tuple[int | None, uuid.UUID | None], uuid.UUID]:
    keys = {key for order in orders if (key := _key(order.pos_order_id))}
    rows = Order.objects.filter(pk__in=keys) if keys else Order.objects.none()
    return {(merchant_id, key): key for key, merchant_id in rows.values_list("pk", "merchant_id")}


def _key(pos_order_id: str) -> uuid.UUID | None:
    try:
        key = uuid.UUID(pos_order_id)
    except ValueError:
        return None
    return key if str(key) == pos_order_id.lower() else None


def _of_channels(
    orders: Sequence[FollowedOrder],
) -> dict[tuple[int | None, str, str], uuid.UUID]:
    """Return recent orders of ours by location, channel and channel's ID."""
    ids = {order.dsp_order_id for order in orders if order.dsp_order_id}
    recent = Order.objects.filter(
        merchant__in={order.merchant_id for order in orders},
        created_at__gte=min(order.confirmed_at for order in orders) - _SINCE,
        location__in={order.location_id for order in orders},
        dsp_order_id__in=ids,
    ).order_by("created_at")
    rows = recent.values_list("location_id", "source", "dsp_order_id", "pk") if ids else ()
    return {(place, source.lower(), dsp_id): key for place, source, dsp_id, key in rows}


def _channel(order: FollowedOrder) -> tuple[str, str]:
    return order.source.lower(), order.dsp_order_id


def look_again() -> int:
    """Match orders confirmed within some hours that had no order of ours then; return how many."""
    return sum(_match_again(keys) for keys in _walk.next_keys())


@transaction.atomic
def _match_again(keys: list[uuid.UUID]) -> int:
    rows = FollowedOrder.objects.filter(pk__in=keys, own_order=None)
    matched = match(list(rows.select_for_update(skip_locked=True)))
    for order in matched:
        order.updated_at = timezone.now()
    FollowedOrder.objects.bulk_update(matched, ["own_order", "updated_at"])
    return len(matched)


class _Walk:
    """The way back through the archive: each call takes the newest part and one more.

    So a call costs the same however many orders there are, and every order is seen often.
    """

    def __init__(self) -> None:
        self._below = 0

    def next_keys(self) -> Iterator[list[uuid.UUID]]:
        newest = StreamEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0
        yield from self._unmatched(newest + 1)
        below = self._below or max(0, newest + 1 - _EVENTS_AT_ONCE)
        yield from self._unmatched(below)
        is_end = not self._has_young(below - _EVENTS_AT_ONCE)
        self._below = 0 if is_end else below - _EVENTS_AT_ONCE

    def _unmatched(self, below: int) -> Iterator[list[uuid.UUID]]:
        events = StreamEvent.objects.filter(
            pk__lt=below,
            pk__gte=below - _EVENTS_AT_ONCE,
            event_type=CONFIRMED,
            received_at__gte=timezone.now() - _AGAIN_FOR,
            followed__own_order=None,
            followed__merchant__isnull=False,
        )
        keys = list(events.values_list("followed_id", flat=True).distinct())
        for start in range(0, len(keys), _ORDERS_AT_ONCE):
            yield [key for key in keys[start : start + _ORDERS_AT_ONCE] if key is not None]

    def _has_young(self, below: int) -> bool:
        before = StreamEvent.objects.filter(pk__lt=below).order_by("-pk")
        since = timezone.now() - _AGAIN_FOR
        return any(at >= since for at in before.values_list("received_at", flat=True)[:1])


_walk = _Walk()
