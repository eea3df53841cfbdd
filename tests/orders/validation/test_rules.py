"""Every rule that refuses an order names its reason at once (ORD-NEW); test_rules_* try each."""

import pytest

from catalog.locations import pause as location_pause
from orders.models import InboundEvent, Order
from tests.orders.support.stream_orders import at_location, line, order, refusal_in

pytestmark = pytest.mark.usefixtures("menu")


def test_every_reason_that_applies_is_named_at_once(stream, location):
    location_pause.pause(location)
    at_location("fam_soda", stock_count=1)
    lines = [line("fam_soda", 200, 2), line("fam_x", 1), line("mod_ham", 1, price_currency="eur")]

    refused = refusal_in(stream.order(**order(*lines, unpaid=True, subtotal=300)))

    assert refused == {
        "stockValidation": [{"type": "item", "provider_id": "fam_soda", "quantity": 1}],
        "orderTotalsValidation": [{"posTotal": 502, "streamTotal": 300}],
        "orderValidation": [
            {"order_error": code, "order_error_reason": reason}
            for code, reason in [
                (
                    "store_unavailable",
                    "Downtown is paused for now; resume it in the POS.",
                ),
                ("other", "Only drive-thru orders may come unpaid: this one must be paid."),
                (
                    "invalid_cart",
                    "mod_ham is priced in eur, but this restaurant sells in USD.",
                ),
                (
                    "invalid_cart",
                    "fam_x (fam_x) is not on the menu: publish the menu to the channel again.",
                ),
                (
                    "invalid_cart",
                    "mod_ham (mod_ham) is not on the menu: publish the menu to the channel again.",
                ),
                (
                    "invalid_cart",
                    "Soda costs 2.50 USD here, but the order says 2.00 USD:"
                    " publish the menu to the channel again.",
                ),
                (
                    "invalid_cart",
                    "The subtotal 3.00 USD is less than the order's own lines,"
                    " which come to 4.02 USD.",
                ),
            ]
        ],
    }
    assert InboundEvent.objects.get().outcome == "refused"
    assert not Order.objects.exists()
