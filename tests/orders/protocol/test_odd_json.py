"""A byte order mark, and members that nobody reads, refuse no event (contract ALL)."""

import json

import pytest

from orders.models import InboundEvent, Order, StreamEvent
from tests.orders.support.stream_orders import order, reasons_in, refusal_in
from tests.support.stream_events import send

pytestmark = pytest.mark.usefixtures("menu")
MARK = b"\xef\xbb\xbf"
MARKS = [MARK, MARK * 2, b"\r\n " + MARK, MARK + b" "]


def _body(**more):
    return json.dumps({"type": "order.created", "object": order(**more)}).encode()


@pytest.mark.parametrize("mark", MARKS)
def test_a_byte_order_mark_is_ignored_and_archived(stream, mark):
    sent = mark + _body()

    answers = [stream.post("/orders", body) for body in (sent, _body(), sent)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert Order.objects.count() == 1
    assert bytes(InboundEvent.objects.order_by("pk")[0].body) == sent


def test_a_refusal_of_a_body_with_a_mark_is_reported_under_its_location(stream):
    refusal_in(stream.post("/orders", MARK + _body(unpaid=True, source="uber")))

    kept = InboundEvent.objects.get()
    assert (kept.location_named, kept.source) == ("loc_downtown", "uber")


def test_updates_and_cancelations_may_have_a_mark(stream):
    stream.post("/orders", _body())
    number = Order.objects.get().provider_id
    for event_type in ("order.updated", "order.canceled"):
        event = {"type": event_type, "object": {"order_id": number, "status": "in_progress"}}
        answer = stream.post("/orders", MARK + json.dumps(event).encode())
        assert answer.status_code == 200
    assert Order.objects.get().state == "dsp_canceled"


@pytest.mark.parametrize(
    "member",
    [
        "9" * 5_000,
        "-1e999",
        "[" * 5_000 + "]" * 5_000,
        '{"a":' * 300 + "1" + "}" * 300,
        '"\\ud83d"',
    ],
    ids=lambda member: member[:3],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=ascii)
def test_an_unknown_member_does_not_matter_whatever_it_holds(stream, member, mark):
    body = _body().decode()
    body = f'{mark}{body[:-2]}, "extra": {member}}}, "other": {member}}}'

    answer = stream.post("/orders", body.encode())

    assert answer.status_code == 200, answer.content


def test_a_known_field_that_is_endless_is_named(stream):
    body = _body().replace(b'"subtotal": 1000', b'"subtotal": ' + b"9" * 5_000)

    [(code, reason)] = reasons_in(refusal_in(stream.post("/orders", body)))

    assert code == "other"
    assert reason.startswith("object.subtotal ")


@pytest.mark.parametrize("mark", MARKS)
def test_a_stream_event_with_a_mark_is_the_same_event(mark):
    body = b'{"type": "order.paid", "order": {"id": "1"}}'

    assert [send(sent).status_code for sent in (mark + body, body)] == [201, 201]
    assert StreamEvent.objects.count() == 1
