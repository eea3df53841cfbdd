"""The events sent by the rows: `order.confirmed` with three items and nested modifiers, 2 kB."""

import itertools
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from orders.models import FollowedOrder, StreamEvent

_numbers = itertools.count(1)


def delete_all() -> None:
    """Delete the archive and the followed orders, for a fresh measurement."""
    with connection.cursor() as cursor:
        for model in (StreamEvent, FollowedOrder):
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


@contextmanager
def bodies_file(count: int) -> Iterator[Path]:
    """Yield a file with `count` new events, one body per line."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for _ in range(count):
            file.write(f"{json.dumps(_event(next(_numbers)))}\n")
        file.flush()
        yield Path(file.name)


def _event(number: int) -> dict[str, Any]:
    items = [
        {
            "name": name,
            "quantity": 1,
            "price": 1500,
            "special_instructions": "Well done.",
            "modifiers": [
                {"name": "Large", "quantity": 1, "price": 300},
                {"name": "Half & Half", "quantity": 1, "price": 0, "modifiers": _HALVES},
            ],
        }
        for name in ("Build Your Own Pizza", "Quattro Stagioni", "Margherita")
    ]
    order = {
        "id": f"stream-{number:08}",
        "source": "uber",
        "dsp_order_id": f"uber-{number:08}",
        "dsp_order_number": f"U-{number % 1000:03}",
        "pos_order_id": f"pos-{number:08}",
        "customer": {"name": "Ada G.", "phone": "+15125550100", "masked_phone_code": "111"},
        "currency": "usd",
        "status": "in_progress",
        "fulfillment_type": "merchant_managed_delivery",
        "fulfillment_instructions": "Gate code 1234",
        "special_instructions": "Please ring twice.",
        "estimated_fulfillment_time": 1_780_000_000_000 + number,
        "delivery_address": {
            "address_line_1": "5 Side St",
            "city": "Austin",
            "state": "TX",
            "postal_code": "78701",
            "country": "USA",
        },
        "items": items,
        "subtotal": 7200,
        "tax": 594,
        "driver_tip": 500,
        "delivery_fee": 350,
        "total": 8644,
    }
    return {
        "type": "order.confirmed",
        "location_id": f"stream-location-{number % 20}",
        "reference_id": f"location-{number % 20}",
        "order": order,
    }


_HALVES = [
    {
        "name": "Left: Pepperoni",
        "quantity": 1,
        "price": 200,
        "modifiers": [{"name": "Extra Pepperoni", "quantity": 2, "price": 100}],
    },
    {"name": "Right: Mushroom", "quantity": 1, "price": 150},
]
