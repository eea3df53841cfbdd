"""Accepted orders, their stored data, and their repeats (contract ORD-NEW)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from catalog.locations import connection
from catalog.locations import pause as location_pause
from catalog.models import Location
from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from tests.orders.support.stream_orders import LOCATION, line, order, refusal_in, sum_of
from tests.support import factories

pytestmark = pytest.mark.usefixtures("menu")


def test_the_acceptance_names_our_order_and_its_preparation_time(stream):
    answer = stream.order(**order())

    kept = Order.objects.get()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.content == (
        b'{"order":{"provider_id":"%s","prep_time_minutes":20}}' % str(kept.pk).encode()
    )


@pytest.mark.parametrize(
    ("sent", "kept"), [(None, "Pizza, Large"), ("Large", "Pizza, Large"), ("Big", "Big")]
)
def test_a_size_is_named_with_what_it_is_the_size_of(stream, sent, kept):
    assert stream.order(**order(line("item_large", 1500, name=sent))).status_code == 200
    assert OrderLine.objects.get().name == kept


def test_what_a_complete_order_says_is_kept(stream, location):
    sent = order(
        line("item_large", 1500, 2, line("mod_ham", 200, 3, name="Extra ham"), name="Big pizza"),
        source="uber",
        brand="Harbor Pizza",
        dsp_order_id="dsp-1",
        dsp_order_number="1234",
        fulfillment_type="merchant_managed_delivery",
        requested_for=1_767_225_600_123,
        placed_at=1_767_225_000_000,
        customers=[{"id": "c1", "name": "Ann", "phone": "+15555550101"}, {"name": "Ben"}],
        tax=300,
        store_tip=10,
        driver_tip=20,
        delivery_fee=350,
        delivery_fee_tax=30,
        service_charge=40,
        discounts=[{"id": "d", "amount": 500}, {"amount": 1}],
        delivery_address={"street": "1 Main St", "zip": "78701", "lat": 30.25, "long": -97},
        special_instructions="No bun",
        should_include_utensils=False,
    )

    assert stream.order(**sent).status_code == 200

    kept = Order.objects.get()
    assert (kept.location, kept.state) == (location, "in_progress")
    assert (kept.source, kept.brand, kept.dsp_order_number) == ("uber", "Harbor Pizza", "1234")
    assert (kept.customer_name, kept.customer_phone) == ("Ann", "+15555550101")
    assert kept.requested_for == datetime(2026, 1, 1, 0, 0, 0, 123000, UTC)
    assert kept.placed_at == datetime(2025, 12, 31, 23, 50, tzinfo=UTC)
    assert (kept.subtotal, kept.tax, kept.currency) == (4200, 300, "usd")
    assert kept.total == 4200 - 501 + 300 + 10 + 20 + 350 + 30 + 40
    assert kept.details == {
        "customers": sent["customers"],
        "delivery_address": sent["delivery_address"],
        "discounts": sent["discounts"],
        "store_tip": 10,
        "driver_tip": 20,
        "delivery_fee": 350,
        "delivery_fee_tax": 30,
        "service_charge": 40,
        "special_instructions": "No bun",
        "should_include_utensils": False,
    }
    pizza, ham = OrderLine.objects.order_by("position")
    assert (pizza.kind, pizza.provider_id, pizza.name) == ("item", "item_large", "Big pizza")
    assert (ham.parent, ham.quantity, ham.price_amount, ham.depth) == (pizza, 3, 200, 1)
    history = OrderEvent.objects.get()
    assert (history.actor, history.state) == ("stream", "in_progress")


def test_line_totals_multiply_down_the_tree(stream):
    rare = line("mod_rare", 50, 3)
    lines = [line("fam_burger", 1000, 2, line("mod_patty", 500, 2, rare), line("mod_cheese", 100))]
    # 2 × (1000 + 2 × (500 + 3 × 50) + 100)
    assert sum_of(lines) == 4800

    assert stream.order(**order(*lines)).status_code == 200
    one_less = order(*lines, subtotal=4799, idempotency_key="key-2")
    assert refusal_in(stream.order(**one_less))["orderTotalsValidation"] == [
        {"posTotal": 4800, "streamTotal": 4799}
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"subtotal": 1000.0},
        {"source": "some-new-channel", "fulfillment_type": "by_balloon"},
        {"something_new": {"of": ["yours"]}},
        {"tax": None, "customers": None, "unpaid": None, "requested_for": None},
        {"unpaid": True, "fulfillment_type": "drive_thru"},
        {"unpaid": False, "fulfillment_type": "delivery"},
        {"subtotal": 2**53},
        {"tax": 2**52},
        {"line_items": [line("fam_burger", 1000.0, 1.0)]},
        {"line_items": [line("fam_burger", 1000, modifiers=None)]},
        {"line_items": [line("fam_burger", 1000, modifiers=[])]},
        {"line_items": [line("fam_burger", 1000, price_currency="USD")]},
        {"line_items": [line("fam_burger_item", 1000)]},
        {"line_items": [line("fam_burger", 1000), line(None, 99, name="Uber Markup")]},
        {"line_items": [line("fam_burger", 1250)], "subtotal": 1250},
        {"line_items": [line("fam_soda", 250, 10_000)], "subtotal": 2_500_000},
    ],
    ids=lambda changed: json.dumps(changed)[:60],
)
def test_an_order_is_accepted_with(stream, changed):
    sent = order() | changed
    sent["subtotal"] = max(sent["subtotal"], sum_of(sent["line_items"]))

    answer = stream.order(**sent)

    assert answer.status_code == 200, answer.content
    assert json.loads(bytes(InboundEvent.objects.get().body))["object"] == sent


def test_the_family_that_its_twin_id_means_is_kept(stream):
    stream.order(**order(line("fam_burger_item", 1000)))

    kept = OrderLine.objects.get()
    assert (kept.kind, kept.provider_id) == ("item_family", "fam_burger")


def test_an_order_proves_the_connection_and_is_never_refused_for_lacking_it(stream, location):
    connection.disconnect(Location.objects.filter(pk=location.pk))

    assert stream.order(**order()).status_code == 200
    location.refresh_from_db()
    assert not location.is_connected


# --- Identity and repeats.


@pytest.mark.parametrize(
    ("identity", "another"),
    [
        ({"idempotency_key": "k"}, {"idempotency_key": "k2"}),
        ({"source": "uber", "dsp_order_id": "1"}, {"source": "doordash", "dsp_order_id": "1"}),
        ({"source": "uber", "source_order_id": "1"}, {"source": "uber", "source_order_id": "2"}),
        ({"idempotency_key": "1"}, {"dsp_order_id": "1"}),
        ({"dsp_order_id": "1"}, {"source_order_id": "1"}),
    ],
)
def test_an_order_is_identified_by(stream, identity, another):
    sent = order(idempotency_key=None)

    first = stream.order(**sent | identity)
    repeated = stream.order(**sent | identity)
    other = stream.order(**sent | another)

    assert (first.status_code, other.status_code) == (200, 200)
    assert repeated.content == first.content != other.content
    assert Order.objects.count() == 2


def test_the_key_counts_before_the_ids_of_the_channel(stream):
    first = stream.order(**order(source="uber", dsp_order_id="1"))
    repeated = stream.order(**order(source="uber", dsp_order_id="2"))

    assert repeated.content == first.content


def test_a_repeat_gets_the_first_answer_after_days_and_whatever_happened_since(stream, location):
    sent = order()
    first = stream.order(**sent)
    Location.objects.filter(pk=location.pk).update(prep_time_minutes=45)
    factories.family(location.merchant, name="New")
    later = timezone.now() + timedelta(days=6)

    with time_machine.travel(later, tick=False):
        location_pause.pause(location)
        assert stream.order(**sent).content == first.content
        location_pause.archive(location)
        assert stream.order(**sent).content == first.content
    assert Order.objects.count() == 1
    assert OrderLine.objects.count() == 1


def test_a_repeat_may_be_written_differently(stream):
    nested = line("mod_patty", 500, 1, line("mod_rare", 50))
    sent = order(line("fam_burger", 1000, 1, nested), tax=10)
    first = stream.order(**sent)
    sent["line_items"][0]["modifiers"][0]["modifiers"][0]["modifiers"] = []
    sent |= {"discounts": [], "store_tip": None, "tax": 10.0, "something_new": 1}
    reordered = dict(reversed(sent.items()))

    again = stream.order(**reordered)

    assert (again.status_code, again.content) == (200, first.content)


@pytest.mark.parametrize(
    "changed",
    [
        {"line_items": [line("fam_burger", 1000, 2)], "subtotal": 2000},
        {"line_items": [line("fam_soda", 1000)]},
        {"subtotal": 1001},
        {"tax": 1},
        {"driver_tip": 1},
        {"discounts": [{"amount": 1}]},
        {"fulfillment_type": "pickup"},
    ],
    ids=lambda changed: ",".join(changed),
)
def test_the_same_key_with_other_content_is_refused_and_changes_nothing(stream, changed):
    first = stream.order(**order(fulfillment_type="delivery"))
    before = Order.objects.values().get()

    refused = refusal_in(stream.order(**order(fulfillment_type="delivery") | changed))

    assert [one["order_error"] for one in refused["orderValidation"]] == ["invalid_cart"]
    assert Order.objects.values().get() == before
    assert stream.order(**order(fulfillment_type="delivery")).content == first.content


def test_a_refused_order_is_judged_anew_when_it_comes_again(stream, location):
    location_pause.pause(location)
    refusal_in(stream.order(**order()))
    location_pause.resume(location)

    assert stream.order(**order()).status_code == 200


def test_the_same_key_at_another_location_is_another_order(stream, merchant):
    factories.location(merchant, provider_id="loc_uptown")

    first = stream.order(**order())
    other = stream.order(**order(location_id="loc_uptown"))

    assert other.status_code == 200
    assert other.content != first.content
    assert set(Order.objects.values_list("location__provider_id", flat=True)) == {
        LOCATION,
        "loc_uptown",
    }
