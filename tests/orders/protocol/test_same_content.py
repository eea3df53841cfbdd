"""What a repeat must have in common with the accepted order, and what may differ (ORD-NEW)."""

import copy
import hashlib

import orjson
import pytest
import time_machine

from orders.models import Order
from orders.protocol import content
from orders.protocol.parser import read_event
from orders.protocol.schema import Order as SentOrder
from tests.orders.support.stream_orders import NOW, line, order, refusal_in

pytestmark = pytest.mark.usefixtures("menu")
ADDRESS = {
    "address_line_1": "1 Main St",
    "address_line_2": "Apt 3",
    "city": "Austin",
    "postal_code": "78701",
}
SOON = int(NOW.timestamp() * 1000) + 26 * 3_600_000


def _first():
    patty = line("mod_patty", 500, 1, line("mod_rare", 50), price_currency="usd")
    burger = line(
        "fam_burger", 1000, 1, patty, line("mod_cheese", 100), price_currency="usd", name="Burger",
        customer_id="c1", special_instructions="no nuts",
    )  # fmt: skip
    return order(
        burger, line("fam_soda", 250, name="Soda"), line(None, 99, name="Markup"),
        source="uber", fulfillment_type="delivery", tax=0, store_tip=100,
        customers=[{"id": "c1", "name": "Ann", "phone": "+15550100100"}],
        discounts=[{"id": "a", "amount": 10}, {"id": "b", "amount": 20, "item_id": "fam_soda"}],
        delivery_address=ADDRESS, special_instructions="ring twice",
        is_future_order=True, requested_for=SOON,
    )  # fmt: skip


def _burger(**changed):
    first = _first()
    burger, *others = first["line_items"]
    return {"line_items": [{**burger, **changed}, *others]}


def _modifiers(change):
    modifiers = copy.deepcopy(_first()["line_items"][0]["modifiers"])
    change(modifiers)
    return _burger(modifiers=modifiers)


# Each name says what differs, and the order is the same.
SAME = {
    "currency in capitals": _burger(price_currency="USD"),
    "currency left out": _burger(price_currency=None),
    "currency of a modifier in capitals": _modifiers(
        lambda modifiers: modifiers[0].update(price_currency=" USD ")
    ),
    "no tax": {"tax": None},
    "tips and fees of 0": {
        "driver_tip": 0, "delivery_fee": 0, "delivery_fee_tax": 0, "service_charge": 0,
        "tax_withheld_by_dsp": 0,
    },
    "the other name of a tax": {"delivery_fee_taxes": 0},
    "an amount with a point": {"store_tip": 100.0},
    "fulfillment type in capitals": {"fulfillment_type": "DELIVERY"},
    "fulfillment type with a blank": {"fulfillment_type": " Delivery "},
    "source in capitals": {"source": "UBER"},
    "lines in another order": {"line_items": _first()["line_items"][::-1]},
    "modifiers in another order": _modifiers(lambda modifiers: modifiers.reverse()),
    "an empty list below a leaf": _modifiers(lambda modifiers: modifiers[1].update(modifiers=[])),
    "the family by its item": {
        "line_items": [
            _first()["line_items"][0], line("fam_soda_item", 250), line(None, 99, name="Markup")
        ]
    },
    "a line's name": _burger(name="Burger (renamed)"),
    "no name": _burger(name=None),
    "the customer's name and phone": {"customers": [{"id": "c1", "name": "Anna", "phone": "+1"}]},
    "no customers": {"customers": None},
    "older names of the customer": {"customer_name": "Ann", "customer_phone": "+1"},
    "numbers for people": {"dsp_order_number": "77", "dsp_order_id": "x", "brand": "B"},
    "when it was placed": {"placed_at": SOON},
    "discounts in another order": {"discounts": _first()["discounts"][::-1]},
    "a discount of 0": {"discounts": [*_first()["discounts"], {"amount": 0}]},
    "the address by its older names": {
        "delivery_address": {
            "street": "1 main st", "address_line_2": "APT  3", "city": "AUSTIN", "zip": "78701",
            "state": "", "country": None,
        }
    },
    "the address with coordinates": {"delivery_address": {**ADDRESS, "lat": 30.2, "long": -97.7}},
    "paid, said": {"unpaid": False},
    "a note with other space": {"special_instructions": " ring  twice\n"},
    "unknown fields": {"loyalty": {"points": [1, 2]}},
}  # fmt: skip
OTHER = {
    "quantity": _burger(quantity=2) | {"subtotal": 3649},
    "price": _burger(price_amount=1001),
    "item": _burger(provider_id="item_small"),
    "a modifier less": _modifiers(lambda modifiers: modifiers.pop()),
    "quantity of a modifier": _modifiers(lambda modifiers: modifiers[1].update(quantity=2)),
    "a line twice": {"line_items": [*_first()["line_items"], line("fam_soda", 250)]},
    "currency": _burger(price_currency="EUR"),
    "whose line it is": _burger(customer_id="c2"),
    "a line's note": _burger(special_instructions="nuts"),
    "the order's note": {"special_instructions": "do not ring"},
    "where to leave it": {"fulfillment_instructions": "at the back door"},
    "subtotal": {"subtotal": 2000},
    "tax": {"tax": 1},
    "tax withheld": {"tax_withheld_by_dsp": 1},
    "no tip": {"store_tip": None},
    "driver's tip": {"driver_tip": 1},
    "fee": {"delivery_fee": 1},
    "fee's tax": {"delivery_fee_taxes": 1},
    "service charge": {"service_charge": 1},
    "no discounts": {"discounts": []},
    "what a discount is on": {
        "discounts": [{"amount": 10, "item_id": "fam_soda"}, {"amount": 20, "item_id": "fam_soda"}]
    },
    "fulfillment type": {"fulfillment_type": "pickup"},
    "requested for a day later": {"requested_for": SOON + 86_400_000},
    "not for later": {"is_future_order": False},
    "no time": {"requested_for": None},
    "street": {"delivery_address": {**ADDRESS, "address_line_1": "2 Main St"}},
    "apartment": {"delivery_address": {**ADDRESS, "address_line_2": None}},
    "postal code": {"delivery_address": {**ADDRESS, "postal_code": "78702"}},
    "no address": {"delivery_address": None},
    "unpaid": {"unpaid": True},
}


@time_machine.travel(NOW, tick=False)
def test_a_repeat_that_means_the_same_gets_the_first_answer_byte_for_byte(stream):
    first = stream.order(**_first())
    assert first.status_code == 200, first.content

    answers = {name: stream.order(**_first() | changed).content for name, changed in SAME.items()}

    assert answers == dict.fromkeys(SAME, first.content)
    assert Order.objects.count() == 1


@time_machine.travel(NOW, tick=False)
def test_a_key_that_comes_again_with_another_content_is_refused(stream):
    assert stream.order(**_first()).status_code == 200

    codes = {
        name: [
            one["order_error"]
            for one in refusal_in(stream.order(**_first() | changed))["orderValidation"]
        ]
        for name, changed in OTHER.items()
    }

    assert codes == {name: ["invalid_cart"] for name in OTHER}
    assert Order.objects.count() == 1


@time_machine.travel(NOW, tick=False)
def test_an_order_from_before_contents_were_normalized_still_knows_its_repeat(stream):
    first = stream.order(**_first())
    body = orjson.dumps({"type": "order.created", "object": _first()})
    sent = content.as_sent(read_event(body).read_object(SentOrder))
    digest = hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()
    # That of _first, as it was computed then.
    assert digest == "32bb96deac34c8e44c2c8a0cf8149d4d5476b7833236bd721e7873f6f29d65a2"
    Order.objects.update(fingerprint=digest)

    assert stream.order(**_first()).content == first.content
    refusal_in(stream.order(**_first() | {"tax": 1}))


def test_an_order_from_when_the_case_of_its_channel_counted_still_knows_its_repeat(stream):
    sent = order(idempotency_key=None, source="Uber", dsp_order_id="1")
    first = stream.order(**sent)
    former = hashlib.sha256(orjson.dumps(["dsp", "Uber", "1"])).hexdigest()
    assert Order.objects.update(identity=former) == 1

    assert stream.order(**sent).content == first.content
    assert Order.objects.count() == 1
