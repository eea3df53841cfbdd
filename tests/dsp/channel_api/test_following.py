"""Placed orders over HTTP: followed, canceled, refunded, and seen by their own key only."""

import pytest

from dsp.models import ChannelOrder, Store
from tests.dsp.support.channel import new_store
from tests.dsp.support.front_end import ANN, LINES, PAID, front_end_of
from tests.dsp.support.menus import NOON

pytestmark = pytest.mark.django_db


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


def test_the_refund_of_an_archived_stores_order_is_still_paid(front_end, selling):
    order_id = front_end.order(selling).json()["id"]
    refund = front_end.post(f"/orders/{order_id}/cancel").json()["refund"]
    Store.objects.update(archived_at=NOON)
    other = front_end_of(selling.merchant, new_store(selling.merchant))
    path, paid = f"/refunds/{refund['id']}/ack", {"reference": "re_1"}
    assert other.post(path, paid).status_code == 404
    assert front_end.post(path, paid).json()["state"] == "done"


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
