"""The restaurant that the kill run orders from, and its orders.

Everything is counted there: what all orders together took must be missing from stock afterwards.
Now and then an order takes the last one of a dish, and so owes Stream an event.
"""

import json
import secrets
from typing import Any, NamedTuple

from catalog.models import FamilyAtLocation, Location, ModifierAtLocation
from integration.models import Merchant
from tests.orders.support import stream_orders
from tests.support import factories

PLENTY = 1_000_000
_SELLS_OUT_EVERY = 25


class Sent(NamedTuple):
    """An order: its mark is its number at the channel, by which it is found again."""

    mark: str
    body: bytes
    line_count: int
    burgers: int
    patties: int


class Shop:
    """A connected location with a burger, its extras, a soda, and dishes of which one is left."""

    def __init__(self, order_count: int) -> None:
        self.merchant = Merchant.objects.get(pk=factories.merchant(name="Kill run").pk)
        stream_orders.make_menu(self.merchant)
        provider_id = f"loc_{secrets.token_hex(8)}"
        self.location = factories.location(self.merchant, provider_id=provider_id)
        self.token: str = factories.access_token(factories.user(self.merchant)).raw
        self.sold_out = order_count // _SELLS_OUT_EVERY
        self._count("fam_burger", FamilyAtLocation, PLENTY)
        self._count("mod_patty", ModifierAtLocation, PLENTY)
        for number in range(self.sold_out):
            factories.family(self.merchant, provider_id=f"fam_last_{number}", price_amount=700)
            self._count(f"fam_last_{number}", FamilyAtLocation, 1)
        factories.connect(self.location)

    def orders(self, count: int) -> list[Sent]:
        return [self._order(number) for number in range(count)]

    def left(self, provider_id: str) -> int:
        model = ModifierAtLocation if provider_id.startswith("mod_") else FamilyAtLocation
        rows = model.objects.filter(location=self.location, object__provider_id=provider_id)
        return int(rows.values_list("stock_count", flat=True).get() or 0)

    def left_of_last(self) -> int:
        """How many of the dishes of which there was one each are there still."""
        rows = FamilyAtLocation.objects.filter(
            location=self.location, object__provider_id__startswith="fam_last_"
        )
        return sum(count or 0 for count in rows.values_list("stock_count", flat=True))

    def _count(self, provider_id: str, model: Any, count: int) -> None:
        kind = model._meta.get_field("object").related_model
        thing = kind.objects.get(merchant=self.merchant, provider_id=provider_id)
        location: Location = self.location
        model.objects.create(object=thing, location=location, stock_count=count)

    def _order(self, number: int) -> Sent:
        burgers, patties = 1 + number % 3, 1 + number % 2
        rare = stream_orders.line("mod_rare", 50)
        below = stream_orders.line("mod_patty", 500, patties, rare)
        lines = [stream_orders.line("fam_burger", 1000, burgers, below)]
        lines += [stream_orders.line("fam_soda", 250)] * (number % 4)
        line_count = 2 + len(lines)
        if number % _SELLS_OUT_EVERY == _SELLS_OUT_EVERY - 1:
            lines.append(stream_orders.line(f"fam_last_{number // _SELLS_OUT_EVERY}", 700))
            line_count += 1
        mark = f"kill-{number}"
        where = {"location_id": self.location.provider_id, "dsp_order_id": mark}
        sent = stream_orders.order(
            *lines, idempotency_key=secrets.token_hex(8), source="uber", **where
        )
        body = json.dumps({"type": "order.created", "object": sent}).encode()
        return Sent(mark, body, line_count, burgers, burgers * patties)
