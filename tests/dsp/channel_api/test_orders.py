"""Orders over HTTP: paid by a quote, once for each key, followed and canceled."""

import json
from datetime import timedelta

import pytest
import time_machine

from dsp.models import AvailabilityChange, ChannelOrder, Quote, Store
from dsp.ordering import placing_request
from integration.models import OutboundEvent
from tests.dsp.menus.files import example
from tests.dsp.support.channel import new_store
from tests.dsp.support.front_end import ANN, LINES, PAID, front_end_of
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


def repriced(store, price):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][1]["price"] = price
    go_live(store, file)


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
    looked = placing_request._placed
    misses = iter([None])  # The first was not there yet when the second looked.
    monkeypatch.setattr(
        placing_request, "_placed", lambda *these: next(misses, looked) and looked(*these)
    )
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


def placed_after(front_end, selling, change, **times):
    quote = front_end.quote(selling, **times).json()
    change()
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    return front_end.post("/orders", body, "key-1")


def test_at_the_same_or_a_lower_price_of_a_later_menu_it_is_placed(front_end, selling):
    answer = placed_after(front_end, selling, lambda: repriced(selling, 900))
    assert (answer.status_code, answer.json()["total"]) == (201, 2687 - 200 - 17)
    order = ChannelOrder.objects.get()
    assert (order.menu_number, order.subtotal, order.payment_amount) == (2, 2000, 2687)


def test_a_dearer_menu_is_refused_with_the_lines_that_are_dearer(front_end, selling):
    answer = placed_after(front_end, selling, lambda: repriced(selling, 1001))
    assert refused(answer) == [("menu_changed", None), ("menu_changed", 0)]
    assert answer.json()["problems"][1]["detail"] == "Burger, Large was 2200, is 2202."


def test_what_a_later_menu_or_update_has_taken_away_is_refused(front_end, selling):
    def without_large():
        file = example(1)
        file["menus"][0]["categories"][0]["items"][0]["variations"].pop()
        go_live(selling, file)

    answer = placed_after(front_end, selling, without_large)
    assert refused(answer) == [("menu_changed", None), ("unknown_item", 0)]

    def sell_out():
        go_live(selling, example(1), arrival=5)
        AvailabilityChange.objects.create(
            store=selling, kind="modifiers", stream_id="s-mod-cheese", is_active=False, arrival=6
        )

    sell_out()
    answer = front_end.quote(selling)
    assert (answer.status_code, answer.json()["code"]) == (422, "sold_out")


def test_a_store_that_closed_meanwhile_or_a_quote_that_ended_is_refused(front_end, selling):
    paused = placed_after(front_end, selling, lambda: Store.objects.update(own_paused_at=NOON))
    assert refused(paused) == [("store_paused", None)]
    Store.objects.update(own_paused_at=None)
    quote = front_end.quote(selling).json()
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    with time_machine.travel(NOON + timedelta(seconds=600), tick=False):
        assert refused(front_end.post("/orders", body, "key-1")) == [("quote_expired", None)]


def test_quotes_orders_and_refunds_of_other_stores_are_404(front_end, selling):
    other = new_store(selling.merchant, provider_id="str_other")
    narrow = front_end_of(selling.merchant, other)
    quote = front_end.quote(selling).json()
    order_id = front_end.order(selling).json()["id"]
    front_end.post(f"/orders/{order_id}/cancel")
    refund_id = front_end.get(f"/orders/{order_id}").json()["refund"]["id"]
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    assert narrow.post("/orders", body, "key-1").status_code == 404
    assert narrow.get(f"/orders/{order_id}").status_code == 404
    assert narrow.post(f"/orders/{order_id}/cancel").status_code == 404
    assert narrow.post(f"/refunds/{refund_id}/ack", {"reference": "re_1"}).status_code == 404
    assert front_end.get("/orders/ord%00").status_code == 404


def test_an_order_is_followed_with_its_tag(front_end, selling):
    placed = front_end.order(selling).json()
    answer = front_end.get(f"/orders/{placed['id']}")
    assert answer.json() == placed
    tag = answer["ETag"]
    again = front_end.get(f"/orders/{placed['id']}", HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    ChannelOrder.objects.update(state="accepted")
    assert front_end.get(f"/orders/{placed['id']}", HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_a_guest_cancels_and_the_refund_is_acknowledged_once(front_end, selling):
    order_id = front_end.order(selling).json()["id"]
    for _ in range(2):
        answer = front_end.post(f"/orders/{order_id}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "guest_canceled")
    refund = answer.json()["refund"]
    assert (refund["amount"], refund["currency"], refund["state"]) == (2687, "usd", "due")
    path = f"/refunds/{refund['id']}/ack"
    assert front_end.post(path, {}).status_code == 400
    for reference in ("re_1", "re_2"):
        answer = front_end.post(path, {"reference": reference})
        assert (answer.status_code, answer.json()) == (200, {**refund, "state": "done"})
    assert ChannelOrder.objects.get().refund.reference == "re_1"


def test_an_order_that_stream_has_is_too_late_to_cancel(front_end, selling):
    order_id = front_end.order(selling).json()["id"]
    ChannelOrder.objects.update(state="accepted")
    answer = front_end.post(f"/orders/{order_id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_late")


def test_an_order_takes_the_same_queries_whatever_its_size(
    front_end, selling, django_assert_max_num_queries, django_assert_num_queries
):
    front_end.order(selling)
    counts = []
    for key, lines in (("key-2", LINES), ("key-3", LINES * 10)):
        quote = front_end.quote(selling, lines=lines).json()
        paid = {**PAID, "amount": quote["total"]}
        body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": paid}
        with django_assert_max_num_queries(22) as queries:
            assert front_end.post("/orders", body, key).status_code == 201
        counts.append(len(queries))
    assert counts[0] == counts[1]
    order_id = ChannelOrder.objects.first().provider_id
    # The key, the order with its store and refund, its history, whether a try was begun.
    with django_assert_num_queries(4):
        front_end.get(f"/orders/{order_id}")
