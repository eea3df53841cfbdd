"""Malformed events: the response names the field (contract ORD-NEW, ALL)."""

import json

import pytest

from orders.inbound.views import BODY_LIMIT
from orders.models import InboundEvent, Order
from tests.orders.support.stream_orders import line, order, refusal_in

pytestmark = pytest.mark.usefixtures("menu")


def _reason(answer):
    [entry] = refusal_in(answer)["orderValidation"]
    assert entry["order_error"] == "other"
    assert not Order.objects.exists()
    return entry["order_error_reason"]


@pytest.mark.parametrize("way", ["left out", "null"])
@pytest.mark.parametrize(
    "field",
    [
        "location_id",
        "line_items",
        "subtotal",
        "line_items[0].quantity",
        "line_items[0].price_amount",
    ],
)
def test_a_required_field_that_is_missing_is_named(stream, field, way):
    sent = order()
    inside = sent["line_items"][0] if "." in field else sent
    inside[field.rpartition(".")[2]] = None
    if way == "left out":
        del inside[field.rpartition(".")[2]]

    assert _reason(stream.order(**sent)) == f"object.{field} is missing."


def test_an_order_without_any_identity_is_refused(stream):
    reason = _reason(stream.order(**order(idempotency_key=None, source="uber")))

    assert reason.startswith("idempotency_key is missing")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"subtotal": 1000.5}, "object.subtotal must be a whole number, not a fraction."),
        ({"subtotal": "1000"}, "object.subtotal must be a whole number, not a text."),
        ({"subtotal": True}, "object.subtotal must be a whole number, not true or false."),
        ({"subtotal": 2**53 + 1}, "object.subtotal must be at most 9007199254740992."),
        ({"tax": 2**70}, "object.tax cannot be read."),
        ({"location_id": 5}, "object.location_id must be a text or null, not a whole number."),
        ({"line_items": {}}, "object.line_items must be a list, not an object."),
        ({"line_items": [5]}, "object.line_items[0] must be an object, not a whole number."),
        (
            {"line_items": [line("fam_burger", 1000, 1.5)]},
            "object.line_items[0].quantity must be a whole number, not a fraction.",
        ),
        (
            {"line_items": [line("fam_burger", 1000, 1, line("mod_patty", "x"))], "subtotal": 1},
            "object.line_items[0].modifiers[0].price_amount must be a whole number, not a text.",
        ),
        ({"idempotency_key": "k" * 256}, "object.idempotency_key is longer than 255 characters."),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_field_of_a_wrong_type_is_named(stream, changed, reason):
    sent = order() if "line_items" in changed else order(line("fam_burger", 1000))

    assert _reason(stream.order(**sent | changed)) in (
        reason,
        reason.replace(" or null", ""),
        reason.replace("cannot be read.", "must be at most 9007199254740992."),
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The body is not valid JSON."),
        (b"{", "The body is not valid JSON."),
        (b"\xff\xfe", "The body is not UTF-8."),
        (b"[]", "The body must be a JSON object."),
        (b"null", "The body must be a JSON object."),
        (b"{}", "type is missing or not a text."),
        (b'{"type":null,"object":{}}', "type is missing or not a text."),
        (b'{"type":5,"object":{}}', "type is missing or not a text."),
        (b'{"type":"order.created"}', "object is missing."),
        (b'{"type":"order.created","object":null}', "object is missing."),
        (b'{"type":"order.created","object":[]}', "object must be an object, not a list."),
        (b'{"type":"order.created","object":{}}', "object.location_id is missing."),
        (b'{"type":"order.updated","object":{}}', "object.order_id is missing."),
        (b'{"type":"order.updated","object":{"order_id":"x","status":1}}',
         "object.status must be a text or null, not a whole number."),
        (b'{"type":"order.canceled","object":{}}',
         "object.provider_id is missing: it names the canceled order."),
        (b'{"type":"order.created","object":{"subtotal":NaN}}', "The body is not valid JSON."),
    ],
)  # fmt: skip
def test_a_body_that_is_no_event_is_refused_and_archived_as_it_is(stream, body, reason):
    assert _reason(stream.post("/orders", body)) == reason

    kept = InboundEvent.objects.get()
    assert (bytes(kept.body), kept.outcome, kept.status_code) == (body, "malformed", 400)


def test_a_body_may_have_one_megabyte_and_no_more(stream):
    sent = {"type": "order.created", "object": order(filler="")}
    sent["object"]["filler"] = "x" * (BODY_LIMIT - len(json.dumps(sent)))

    assert stream.post("/orders", sent).status_code == 200
    Order.objects.all().delete()
    sent["object"]["filler"] += "x"
    assert _reason(stream.post("/orders", sent)) == "The body is larger than 1 MB."


def test_half_a_character_and_zero_bytes_cost_no_order(stream):
    body = json.dumps({"type": "order.created", "object": order(customer_name="A\ud83d\x00nn")})

    assert stream.post("/orders", body).status_code == 200
    assert Order.objects.get().customer_name == "A\ufffdnn"
    assert bytes(InboundEvent.objects.get().body) == body.encode()


@pytest.mark.parametrize("depth", [22, 126, 200, 300, 3000])
def test_modifiers_that_are_nested_absurdly_deep_are_refused(stream, depth):
    deep = '{"quantity":1,"price_amount":1,"provider_id":"m","modifiers":['
    sent = json.dumps({"type": "order.created", "object": order()})
    nested = deep * depth + "]}" * depth
    body = sent.replace('"line_items": [', f'"line_items": [{nested},')

    sections = refusal_in(stream.post("/orders", body))

    [reason] = sections["orderValidation"]
    assert reason["order_error"] in ("invalid_cart", "other")
    assert "nested" in reason["order_error_reason"] or "valid JSON" in str(reason)


@pytest.mark.parametrize("number", ["1e400", "-1e999", "1" + "0" * 400, "9" * 5000])
def test_a_number_that_nothing_can_hold_is_refused(stream, number):
    sent = json.dumps({"type": "order.created", "object": order(delivery_address={"lat": 7})})

    reason = _reason(stream.post("/orders", sent.replace(": 7}", f": {number}}}")))

    assert "lat" in reason or reason == "The body is not valid JSON."


@pytest.mark.parametrize("accepted", ["text/html", "application/xml", "*/*", "nonsense", ""])
def test_an_order_is_taken_whatever_its_sender_accepts(stream, accepted):
    event = {"type": "order.created", "object": order()}
    stream.headers["HTTP_ACCEPT"] = accepted

    answer = stream.post("/orders", event)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
