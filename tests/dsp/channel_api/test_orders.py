"""Orders over HTTP: paid by a quote, once for each key, followed and canceled."""

import json

import pytest

from dsp.models import ChannelOrder, Quote, Store
from dsp.ordering import placing_request
from integration.models import OutboundEvent
from tests.dsp.menus.files import example
from tests.dsp.support.front_end import ANN, PAID, front_end_of
from tests.dsp.support.menus import NOON, go_live

pytestmark = pytest.mark.django_db
NOON_MS = int(NOON.timestamp() * 1000)
HOME = {
    "address_line_1": "200 Oak Ave",
    "address_line_2": "Apt 9",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78702",
    "country": "USA",
}


def refused(answer):
    assert answer.status_code == 422
    assert not ChannelOrder.objects.exists()
    return [(one["code"], one["line"]) for one in answer.json()["problems"]]


def test_a_paid_order_is_placed_and_owed_to_stream(front_end, selling):
    answer = front_end.order(selling, special_instructions=" Ring the bell ")
    order = ChannelOrder.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": order.provider_id,
            "number": order.number,
            "store_id": "str_8H2K",
            "state": "placed",
            "ready_at": NOON_MS + 900_000,
            "currency": "usd",
            "total": 2687,
            "refund": None,
            "history": [{"at": NOON_MS, "state": "placed", "detail": "Ordered."}],
        },
    )
    sent = json.loads(OutboundEvent.objects.get().body)["order"]
    assert sent["customers"] == [{"id": "g1", **ANN, "phone": "+15125550100"}]
    assert sent["items"] == order.lines == Quote.objects.get().lines
    names = ("subtotal", "tax", "store_tip", "special_instructions", "estimated_ready_at_ms")
    assert [sent[name] for name in names] == [2200, 187, 300, "Ring the bell", NOON_MS + 900_000]
    assert (order.payment_provider, order.payment_reference) == ("acme", "pay_1")


def test_an_order_takes_few_statements(front_end, selling, django_assert_num_queries):
    quote = front_end.quote(selling).json()
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    # The key, what it has placed, the quote; savepoint, event, order, history, release.
    with django_assert_num_queries(8):
        assert front_end.post("/orders", body, "key-1").status_code == 201


def test_a_repeat_gets_the_first_answer_byte_for_byte(front_end, selling):
    quote = front_end.quote(selling).json()
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    first = front_end.post("/orders", body, "key-1")
    ChannelOrder.objects.update(state="accepted")
    Store.objects.update(own_paused_at=NOON)
    Quote.objects.all().delete()
    again = front_end.post("/orders", dict(reversed(body.items())), "key-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert ChannelOrder.objects.count() == OutboundEvent.objects.count() == 1


def test_a_key_belongs_to_one_body_and_one_front_end(front_end, selling):
    front_end.order(selling)
    answer = front_end.order(selling, special_instructions="Other")
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert front_end_of(selling.merchant).order(selling).status_code == 201
    assert front_end.order(selling, key="key-2").status_code == 201
    assert ChannelOrder.objects.count() == 3


def test_of_two_requests_at_the_same_time_one_places_and_both_get_its_answer(
    front_end, selling, monkeypatch
):
    quote = front_end.quote(selling).json()
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    first = front_end.post("/orders", body, "key-1")
    look_up = placing_request._look_up
    first_looks = iter([True])

    def late(*these):  # The first was not there yet when the second looked.
        earlier, quote = look_up(*these)
        return None if next(first_looks, False) else earlier, quote

    monkeypatch.setattr(placing_request, "_look_up", late)
    second = front_end.post("/orders", body, "key-1")
    assert (second.status_code, second.content) == (201, first.content)
    assert ChannelOrder.objects.count() == OutboundEvent.objects.count() == 1


@pytest.mark.parametrize("key", [None, " ", "x" * 256])
def test_without_an_idempotency_key_it_is_400(front_end, selling, key):
    assert front_end.order(selling, key=key).status_code == 400


@pytest.mark.parametrize(
    ("payment", "kind", "code"),
    [
        ({"payment": {**PAID, "amount": 2686}}, "pickup", "amount_differs"),
        ({"payment": {**PAID, "amount": 2688}}, "pickup", "amount_differs"),
        ({"payment": {**PAID, "currency": "eur"}}, "pickup", "amount_differs"),
        ({"payment": None}, "pickup", "payment_required"),
        ({"payment": None, "unpaid": False}, "pickup", "payment_required"),
        ({"payment": None, "unpaid": True}, "pickup", "payment_required"),
        ({"payment": {**PAID, "currency": "USD"}}, "pickup", None),
        ({"payment": None, "unpaid": True}, "drive_thru", None),
    ],
)
def test_only_a_drive_thru_is_not_paid_in_full(front_end, selling, payment, kind, code):
    tip = 300 if kind == "pickup" else 0
    quote = front_end.quote(selling, fulfillment_type=kind, tip=tip).json()
    body = {"quote_id": quote["quote_id"], "customer": ANN, **payment}
    answer = front_end.post("/orders", body, "key-1")
    if code is None:
        assert answer.status_code == 201
    else:
        assert refused(answer) == [(code, None)]


def test_a_missing_phone_and_mail_have_stand_ins(front_end, selling, settings):
    settings.DSP = settings.DSP._replace(guest_email="guest@orders.example.com")
    assert front_end.order(selling, customer={"name": "Lane 1, blue van"}).status_code == 201
    assert ChannelOrder.objects.get().customers == [
        {
            "id": "g1",
            "name": "Lane 1, blue van",
            "email": "guest@orders.example.com",
            "phone": "+15125550199",
        }
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quote_id": None}, "quote_id is missing."),
        ({"customer": None}, "customer is missing."),
        ({"customer": {"name": "\u200b"}}, "customer.name is missing."),
        ({"customer": {**ANN, "phone": "555"}}, "customer.phone is no number"),
        ({"customer": {**ANN, "email": "ann"}}, "customer.email is not an e-mail address."),
        ({"payment": {**PAID, "amount": None}}, "payment.amount is missing."),
        ({"payment": {**PAID, "reference": ""}}, "payment.reference is missing."),
        ({"payment": []}, "payment must be an object."),
        ({"unpaid": 1}, "unpaid must be true or false."),
        ({"unpaid": True}, "unpaid must not be true beside payment."),
        ({"delivery_address": {**HOME, "city": ""}}, "delivery_address.city is missing."),
        ({"special_instructions": "x" * 1001}, "special_instructions is longer than 1000"),
    ],
)
def test_a_body_that_cannot_be_read_is_400_and_names_the_field(
    front_end, selling, changes, sentence
):
    answer = front_end.order(selling, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["detail"].startswith(sentence)


def test_a_body_of_too_many_levels_is_400(front_end):
    body = b'{"a":' * 300 + b"1" + b"}" * 300
    assert front_end.post("/orders", body, "key-1").status_code == 400


def test_a_delivery_needs_an_address_which_others_do_not_pass_on(front_end, selling):
    kind = "merchant_managed_delivery"
    quote = front_end.quote(selling, fulfillment_type=kind, tip=0).json()
    paid = {**PAID, "amount": quote["total"]}
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": paid}
    answer = front_end.post("/orders", body, "key-1")
    assert (answer.status_code, answer.json()["detail"]) == (400, "delivery_address is missing.")
    body["delivery_address"] = HOME
    assert front_end.post("/orders", body, "key-1").status_code == 201
    assert ChannelOrder.objects.get().delivery_address == HOME
    front_end.order(selling, key="key-2", delivery_address=HOME)
    assert ChannelOrder.objects.latest("pk").delivery_address is None


def test_alcohol_is_said_in_the_instructions(front_end, selling):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["is_alcohol"] = True
    go_live(selling, file)
    front_end.order(selling, special_instructions="Ring the bell")
    said = "Contains alcohol: check the guest's age. Ring the bell"
    assert ChannelOrder.objects.get().special_instructions == said
