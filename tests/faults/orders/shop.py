"""The restaurant of the kill run, and its orders.

All dishes have a stock count, which must match the orders afterwards. Now and then an order takes
the last one of a dish and therefore owes Stream an event.
"""

import json
import secrets
from typing import Any, NamedTuple

from catalog.models import FamilyAtLocation, Location, ModifierAtLocation
from integration.models import Merchant
from tests.orders.support import stream_orders
from tests.support import factories

AMPLE_STOCK = 1_000_000
_SELLS_OUT_EVERY = 25


class SentOrder(NamedTuple):
    """An order, identified by its mark, which is sent as its dsp_order_id."""

    mark: str
    body: bytes
    line_count: int
    burgers: int
    patties: int


class Shop:
    """A connected location with a burger, extras, a soda, and dishes with a stock of one."""

    def __init__(self, order_count: int) -> None:
        self.merchant = Merchant.objects.get(pk=factories.merchant(name="Kill run").pk)
        stream_orders.make_menu(self.merchant)
        provider_id = f"loc_{secrets.token_hex(8)}"
        self.location = factories.location(self.merchant, provider_id=provider_id)
        self.token: str = factories.access_token(factories.user(self.merchant)).raw
        self.sold_out = order_count // _SELLS_OUT_EVERY
        self._count("fam_burger", FamilyAtLocation, AMPLE_STOCK)
        self._count("mod_patty", ModifierAtLocation, AMPLE_STOCK)
        for number in range(self.sold_out):
            factories.family(self.merchant, provider_id=f"fam_last_{number}", price_amount=700)
            self._count(f"fam_last_{number}", FamilyAtLocation, 1)
        factories.connect(self.location)

    def orders(self, count: int) -> list[SentOrder]:
        return [self._order(number) for number in range(count)]

    def stock_left(self, provider_id: str) -> int:
        model = ModifierAtLocation if provider_id.startswith("mod_") else FamilyAtLocation
        rows = model.objects.filter(location=self.location, object__provider_id=provider_id)
        return int(rows.values_list("stock_count", flat=True).get() or 0)

    def remaining_last_ones(self) -> int:
        """Return how many of the dishes with a stock of one are left."""
        rows = FamilyAtLocation.objects.filter(
            location=self.location, object__provider_id__startswith="fam_last_"
        )
        return sum(count or 0 for count in rows.values_list("stock_count", flat=True))

    def _count(self, provider_id: str, model: Any, count: int) -> None:
        kind = model._meta.get_field("object").related_model
        menu_object = kind.objects.get(merchant=self.merchant, provider_id=provider_id)
        location: Location = self.location
        model.objects.create(object=menu_object, location=location, stock_count=count)

    def _order(self, number: int) -> SentOrder:
        burgers, patties = 1 + number % 3, 1 + number % 2
        rare = stream_orders.line("mod_rare", 50)
        patty = stream_orders.line("mod_patty", 500, patties, rare)
        lines = [stream_orders.line("fam_burger", 1000, burgers, patty)]
        lines += [stream_orders.line("fam_soda", 250)] * (number % 4)
        line_count = 2 + len(lines)
        if number % _SELLS_OUT_EVERY == _SELLS_OUT_EVERY - 1:
            lines.append(stream_orders.line(f"fam_last_{number // _SELLS_OUT_EVERY}", 700))
            line_count += 1
        mark = f"kill-{number}"
        order = stream_orders.order(
            *lines,
            idempotency_key=secrets.token_hex(8),
            source="uber",
            location_id=self.location.provider_id,
            dsp_order_id=mark,
        )
        body = json.dumps({"type": "order.created", "object": order}).encode()
        return SentOrder(mark, body, line_count, burgers, burgers * patties)
