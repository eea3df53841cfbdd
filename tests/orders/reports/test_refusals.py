"""Reasons of refused events: stored with each of them, and counted."""

import json

import pytest

from orders.models import InboundEvent, Order
from tests.orders.support import stream_orders
from tests.orders.support.report_pages import PAGE, client, file, now

__all__ = ["client", "now"]  # Fixtures.


def test_refusals_are_counted_by_reason_with_an_example(client, stream, menu, location):
    stream_orders.off("fam_burger")()
    soda = stream_orders.line("fam_soda", 200)
    for number, sent in enumerate(
        [
            stream_orders.order(),
            stream_orders.order(soda),
            stream_orders.order(stream_orders.line("fam_none", 100)),
            stream_orders.order(unpaid=True),
        ]
    ):
        sent |= {"idempotency_key": f"key-{number}", "source": "uber"}
        assert stream.order(**sent).status_code == 400
    stream.post("/orders", b"no json")
    page = client.get(PAGE).context["page"]
    counts = {row["refusal"].reason: row["refusal"].count for row in page["refusals"]}
    assert page["refused"] == 5
    assert counts == {"stock": 2, "totals": 1, "invalid_cart": 2, "other": 1, "malformed": 1}
    examples = {row["refusal"].reason: row["refusal"].example for row in page["refusals"]}
    assert examples["stock"] == "item fam_burger: 0 left."
    assert examples["totals"] == "2.50 USD at our prices; 2.00 USD was sent."
    assert "fam_none" in examples["invalid_cart"]
    assert examples["malformed"] == "The body is not valid JSON."
    assert file(client, "refusals")[1][:2] == ["Something in the cart cannot be made", "2"]
    for row in page["refusals"]:
        assert client.get(row["example"]).status_code == 200
        events = client.get(row["events"])
        assert events.context["cl"].result_count == row["refusal"].count


def test_refusals_are_counted_for_the_location_and_channel_they_name(
    client, stream, menu, location
):
    sent = stream_orders.order(stream_orders.line("fam_none", 100), source="uber")
    stream.order(**sent)
    stream.order(**{**sent, "location_id": "loc_none", "source": "doordash"})
    refused = InboundEvent.objects.order_by("pk").values_list("location_named", "source", "reasons")
    assert list(refused) == [
        ("loc_downtown", "uber", "invalid_cart"),
        ("loc_none", "doordash", "store_unavailable"),
    ]

    def count(**query: str) -> int:
        answer = client.get(PAGE, query)
        return int(answer.context["page"]["refused"])

    assert count() == 2
    assert count(location="loc_downtown") == 1
    assert count(channel="UBER") == 1


def test_an_accepted_event_has_no_refusal_fields(stream, menu):
    assert stream.order(**stream_orders.order()).status_code == 200
    event = InboundEvent.objects.get()
    assert (event.location_named, event.source, event.reasons) == ("", "", "")


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"order.created","object":{"location_id":"a\\u0000b","source":"u\\u0000"}}',
        b'{"type":"order.created","object":{"location_id":"\\ud800","source":"x"}}',
        b'{"type":"order.created","object":[]}',
        b'{"type":"order.created","object":{"location_id":7}}',
        json.dumps(
            {"type": "order.created", "object": {"location_id": "l" * 900, "source": "é" * 900}}
        ).encode(),
        b"\xff\xfe",
        b"[" * 50_000,
    ],
)
def test_any_refused_body_can_be_archived(stream, body):
    assert stream.post("/orders", body).status_code == 400
    assert InboundEvent.objects.get().reasons == "malformed"


def test_a_channel_name_too_long_for_an_index_is_cut(stream, menu, location):
    name = "".join(chr(0x1F300 + number) for number in range(600))
    assert stream.order(**stream_orders.order(source=name)).status_code == 200
    assert Order.objects.get().source == name[:100]
