"""Orders from the field: each gets the answer that its sender and the kitchen can live with."""

import copy
import time

import pytest

from orders.models import Order
from tests.support import factories

from . import files

COOKIE = "fam_chocolate_chip_cookie"


@pytest.fixture
def send(stream, merchant):
    """Send an event or bytes for a location that sells the cookie."""
    factories.connect(factories.location(merchant, provider_id="loc_harbor_downtown"))
    factories.family(merchant, provider_id=COOKIE, name="Cookie", price_amount=350)
    return lambda body: stream.post("/orders", body)


def _reasons(answer):
    assert answer.status_code == 400
    rows = answer.json()["posValidation"]["orderValidation"]
    return [(row["order_error"], row["order_error_reason"]) for row in rows]


def _first():
    return files.parsed("repeats.json")["first"]


def _changed(event, **fields):
    changed = copy.deepcopy(event)
    changed["object"].update(fields)
    return changed


def test_orders_with_blank_keys_are_two_orders(send):
    first, second = [send(event) for event in files.parsed("blank-keys.json")]
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content != second.content
    assert set(Order.objects.values_list("customer_name", flat=True)) == {"First", "Second"}


@pytest.mark.parametrize("key", ["", "\u200b", "\u3164 ", "undefined", "[object Object]", " nil"])
def test_keys_that_nobody_chose_are_no_keys(send, key):
    for event in files.parsed("blank-keys.json"):
        assert send(_changed(event, idempotency_key=key)).status_code == 200
    assert Order.objects.count() == 2


@pytest.mark.parametrize("name", ["group-order.json", "own-delivery.json"])
def test_orders_for_several_people_and_for_our_own_drivers_are_accepted(send, name):
    assert send(files.parsed(name)).status_code == 200


def test_repeats_in_other_spellings_get_the_first_answer(send):
    answer = send(_first())
    assert answer.status_code == 200
    for event in files.parsed("repeats.json")["repeats"]:
        repeat = send(event)
        assert (repeat.status_code, repeat.content) == (200, answer.content)
    assert Order.objects.count() == 1


def test_a_repeat_for_another_time_is_refused(send):
    event, other = files.parsed("repeat-for-another-time.json")
    now = int(time.time() * 1000)
    event["object"]["requested_for"] = now + 26 * 3_600_000
    other["object"]["requested_for"] = now + 50 * 3_600_000
    assert send(event).status_code == 200
    [(kind, reason)] = _reasons(send(other))
    assert (kind, "different content" in reason) == ("invalid_cart", True)


@pytest.mark.parametrize(
    "fields",
    [
        {"line_items": [{"provider_id": COOKIE, "quantity": 2, "price_amount": 350}],
         "subtotal": 700},
        {"driver_tip": 100},
        {"fulfillment_type": "drive_thru"},
        {"special_instructions": "no nuts"},
        {"fulfillment_type": "merchant_managed_delivery",
         "delivery_address": {"address_line_1": "1 Main St", "city": "Austin"}},
    ],
)  # fmt: skip
def test_a_repeat_of_something_else_is_refused(send, fields):
    assert send(_first()).status_code == 200
    [(kind, _)] = _reasons(send(_changed(_first(), **fields)))
    assert kind == "invalid_cart"


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n "])
def test_a_byte_order_mark_is_ignored(send, before):
    assert send(before + files.content("order-with-a-mark.json")).status_code == 200


def test_an_instant_in_seconds_is_refused_with_its_field(send):
    assert _reasons(send(files.parsed("instant-in-seconds.json"))) == [
        (
            "other",
            "object.requested_for is before the year 2020: send milliseconds since 1970, not"
            " seconds.",
        )
    ]


@pytest.mark.parametrize("instant", [0, -5, 4_136_000_000_000, 1_796_000_000_000_000])
def test_other_unbelievable_instants_are_refused(send, instant):
    event = _changed(files.parsed("instant-in-seconds.json"), requested_for=instant)
    [(kind, reason)] = _reasons(send(event))
    assert (kind, reason.startswith("object.requested_for is ")) == ("other", True)


def test_impossible_discounts_are_refused(send):
    negative, too_large = files.parsed("impossible-discounts.json")
    assert _reasons(send(negative)) == [
        ("invalid_cart", "A discount is -1.00 USD: send discounts as amounts above zero.")
    ]
    [(kind, reason)] = _reasons(send(too_large))
    assert (kind, "is more than what it is on" in reason) == ("invalid_cart", True)


@pytest.mark.parametrize(
    ("discounts", "status"),
    [
        ([{"id": "a", "amount": 200}, {"id": "b", "amount": 200}], 400),
        ([{"id": "a", "amount": 351, "item_id": COOKIE}], 400),
        ([{"id": "a", "amount": 350}], 200),
        ([{"id": "a", "amount": 0}], 200),
    ],
)
def test_discounts_are_compared_with_what_they_are_on(send, discounts, status):
    event = _changed(files.parsed("impossible-discounts.json")[0], discounts=discounts)
    assert send(event).status_code == status


@pytest.mark.parametrize(
    "kind", ["Order.Created", "order_created", " order.created", "OrderCreated"]
)
def test_near_misses_of_the_event_create_the_order(send, kind):
    assert send({**_first(), "type": kind}).status_code == 200
    assert Order.objects.count() == 1
