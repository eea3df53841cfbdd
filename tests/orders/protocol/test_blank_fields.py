"""A blank or invisible identifier, and a key that is a program's slip, count as left out."""

import pytest

from orders.models import Order, OrderLine
from tests.orders.support.stream_orders import line, order, reasons_in, refusal_in

pytestmark = pytest.mark.usefixtures("menu")
BLANKS = ["", "   ", "\t\n", "\u00a0", "\u200b", "\u2060\ufeff", "\u3164", "\u00ad", "\u2800 "]
SLIPS = [
    "undefined", "null", "None", "NaN", "[object Object]", " undefined ", "NULL", "nan", "Undefined"
]  # fmt: skip


@pytest.mark.parametrize("written", BLANKS + SLIPS, ids=ascii)
def test_orders_with_a_key_that_is_none_are_told_apart_by_the_channels_id(stream, written):
    first = stream.order(**order(idempotency_key=written, source="uber", dsp_order_id="A-1"))
    other = stream.order(**order(idempotency_key=written, source="uber", dsp_order_id="A-2"))
    again = stream.order(**order(idempotency_key=written, source="Uber", dsp_order_id="A-1"))

    assert (first.status_code, other.status_code) == (200, 200)
    assert other.content != first.content == again.content
    assert Order.objects.count() == 2


@pytest.mark.parametrize("written", [*BLANKS[1::3], "undefined", "None"], ids=ascii)
@pytest.mark.parametrize("field", ["idempotency_key", "dsp_order_id", "source_order_id"])
def test_an_order_whose_only_identity_is_blank_is_refused(stream, field, written):
    sent = order(idempotency_key=None, source="uber") | {field: written}

    [(code, reason)] = reasons_in(refusal_in(stream.order(**sent)))

    assert code == "other"
    assert reason.startswith("idempotency_key is missing")


def test_the_older_id_counts_when_the_channels_id_is_a_slip(stream):
    sent = order(idempotency_key="null", dsp_order_id="undefined", source_order_id="S-1")

    assert stream.order(**sent).status_code == 200
    assert Order.objects.get().dsp_order_id == "S-1"


@pytest.mark.parametrize("written", BLANKS, ids=ascii)
def test_a_blank_location_is_missing(stream, written):
    reasons = reasons_in(refusal_in(stream.order(**order(location_id=written))))

    assert reasons == [("other", "object.location_id is missing.")]


@pytest.mark.parametrize("written", BLANKS[1::3], ids=ascii)
def test_a_line_with_a_blank_id_is_a_markup_line(stream, written):
    sent = order(line("fam_soda", 250), line(written, 99, name="Markup"))

    assert stream.order(**sent).status_code == 200
    assert {one.provider_id for one in OrderLine.objects.all()} == {"fam_soda", ""}


@pytest.mark.parametrize("written", BLANKS[1::3], ids=ascii)
@pytest.mark.parametrize(
    ("event_type", "fields", "missing"),
    [
        ("order.updated", ("order_id",), "object.order_id is missing."),
        (
            "order.canceled", ("order_id", "provider_id"),
            "object.provider_id is missing: it names the canceled order.",
        ),
    ],
)  # fmt: skip
def test_an_event_with_a_blank_order_id_is_malformed(stream, event_type, fields, missing, written):
    answer = stream.event(event_type, **dict.fromkeys(fields, written))

    assert reasons_in(refusal_in(answer)) == [("other", missing)]


def test_a_cancelation_with_one_blank_id_is_found_by_the_other(stream):
    stream.order(**order())
    number = Order.objects.get().provider_id

    answer = stream.event("order.canceled", provider_id="\u200b", order_id=number)

    assert answer.status_code == 200
    assert Order.objects.get().state == "dsp_canceled"


def test_a_blank_currency_fulfillment_type_or_name_is_not_stated(stream):
    sent = order(
        line("fam_soda", 250, price_currency=" ", name="\u200b"),
        fulfillment_type=" \u00a0", source="\u2060", customers=[{"id": " ", "name": "\ufeff"}],
        customer_name="Pat",
    )  # fmt: skip

    assert stream.order(**sent).status_code == 200
    kept = Order.objects.get()
    assert (kept.fulfillment_type, kept.source, kept.customer_name) == ("", "", "Pat")
    assert OrderLine.objects.get().name == "Soda"
