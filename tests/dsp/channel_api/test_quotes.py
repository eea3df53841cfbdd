"""Quotes over HTTP: prices of the menu, every problem at once, strict bodies."""

import pytest

from dsp.models import Quote, Store
from dsp.ordering import quotes
from tests.dsp.support.channel import new_store
from tests.dsp.support.front_end import CART, LINES
from tests.dsp.support.menus import NOON

pytestmark = pytest.mark.django_db
NOON_MS = int(NOON.timestamp() * 1000)
QUOTES = "/stores/str_8H2K/quotes"


def test_the_contracts_cart_gets_a_quote(front_end, selling):
    answer = front_end.quote(selling)
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "quote_id": Quote.objects.get().provider_id,
            "menu_version": 1,
            "valid_until": NOON_MS + 600_000,
            "currency": "usd",
            "subtotal": 2200,
            "tax": 187,
            "taxes": [{"id": "s-tax-sales", "name": "Sales tax", "amount": 187}],
            "tip": 300,
            "total": 2687,
            "ready_at": NOON_MS + 900_000,
        },
    )


def test_fees_and_charges_stand_in_the_quote_of_a_delivery(front_end, selling):
    Store.objects.update(delivery_fee=399, delivery_fee_tax_rate="8.5", service_charge=40)
    discounts = [{"id": "WELCOME", "amount": 200}]
    kind = "merchant_managed_delivery"
    quote = front_end.quote(selling, fulfillment_type=kind, discounts=discounts).json()
    names = ("delivery_fee", "delivery_fee_taxes", "service_charge", "tax", "discounts", "total")
    total = 2200 - 200 + 170 + 300 + 399 + 34 + 40
    assert [quote[name] for name in names] == [399, 34, 40, 170, discounts, total]


def test_every_problem_is_named_with_its_line(front_end, selling):
    lines = [{"id": "s-var-pizza", "quantity": 1}, {**LINES[0], "quantity": 2000}]
    answer = front_end.quote(selling, fulfillment_type="dine_in", lines=lines)
    assert answer.status_code == 422
    assert answer.json() == {
        "code": "fulfillment_type",
        "detail": "The store does not offer dine_in.",
        "problems": [
            {
                "code": "fulfillment_type",
                "line": None,
                "detail": "The store does not offer dine_in.",
            },
            {"code": "unknown_item", "line": 0, "detail": "The menu does not have s-var-pizza."},
            {
                "code": "rules",
                "line": 1,
                "detail": "Burger: the quantity must be 1 to 1000.",
            },
        ],
    }
    assert not Quote.objects.exists()


def nested(levels):
    choice = {"id": "s-mod-cheese", "quantity": 1}
    for _ in range(levels - 1):
        choice = {"id": "s-mod-cheese", "quantity": 1, "modifiers": [choice]}
    return [{**LINES[0], "modifiers": [choice]}]


LINE = {"id": "s-var-burger-l", "quantity": 1}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lines": None}, "lines is missing: send at least one."),
        ({"lines": {}}, "lines must be a list."),
        ({"lines": ["x"]}, "lines[0] must be an object."),
        ({"lines": [{"quantity": 1}]}, "lines[0].id is missing."),
        ({"lines": [{"id": " \u200b", "quantity": 1}]}, "lines[0].id is missing."),
        ({"lines": [{"id": 5, "quantity": 1}]}, "lines[0].id must be a text."),
        ({"lines": [{"id": "x" * 256, "quantity": 1}]}, "lines[0].id is longer than 255"),
        ({"lines": [{"id": "x"}]}, "lines[0].quantity is missing."),
        ({"lines": [{"id": "x", "quantity": True}]}, "lines[0].quantity must be a whole number."),
        ({"lines": [{"id": "x", "quantity": 1.5}]}, "lines[0].quantity must be a whole number."),
        ({"lines": [{"id": "x", "quantity": 0}]}, "lines[0].quantity must be 1 to 1000000."),
        ({"lines": [LINE, {**LINE, "modifiers": [{}]}]}, "lines[1].modifiers[0].id is missing."),
        ({"lines": [LINE] * 2001}, "lines has more than 2000 lines and modifiers."),
        ({"lines": nested(21)}, "lines has modifiers below more than 20 others."),
        ({"fulfillment_type": ""}, "fulfillment_type is missing."),
        ({"tip": -1}, "tip must be 0 to"),
        ({"tip": "3"}, "tip must be a whole number."),
        ({"requested_for": 2**63}, "requested_for must be 0 to"),
        ({"discounts": [{"id": "A"}]}, "discounts[0].amount is missing."),
        ({"discounts": [{"id": "A", "amount": 0}]}, "discounts[0].amount must be 1 to"),
        ({"discounts": [{"id": "A", "amount": 1, "line": 1}]}, "discounts[0].line must be 0 to 0."),
        ({"discounts": [{"id": "A", "amount": 1}] * 51}, "discounts has more than 50."),
    ],
)
def test_a_body_that_cannot_be_read_is_400_and_names_the_field(
    front_end, selling, changes, sentence
):
    answer = front_end.quote(selling, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["detail"].startswith(sentence)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 2000])
def test_a_body_that_is_no_object_is_400(front_end, body):
    assert front_end.post(QUOTES, body).status_code == 400


def test_a_body_over_1_mb_is_413(front_end):
    assert front_end.post(QUOTES, b" " * 1_000_001).status_code == 413


def test_null_and_invisible_texts_count_as_absent_and_unknown_fields_are_ignored(
    front_end, selling
):
    line = {**LINES[0], "special_instructions": "\u2060 \t"}
    answer = front_end.quote(
        selling, lines=[line], requested_for=None, tip=None, discounts=None, more=[1]
    )
    assert answer.json()["total"] == 2387
    assert "special_instructions" not in Quote.objects.get().lines[0]


def test_a_foreign_stores_quote_is_404(front_end, selling):
    new_store(selling.merchant, provider_id="str_archived", archived_at=NOON)
    for store_id in ("str_none", "str_archived"):
        assert front_end.post(f"/stores/{store_id}/quotes", CART).status_code == 404


def test_a_quote_takes_the_same_queries_whatever_its_size(
    front_end, selling, django_assert_num_queries
):
    front_end.quote(selling)
    for lines in (LINES, LINES * 10):
        # The key, the store, the authorization, the insert.
        with django_assert_num_queries(4):
            assert front_end.quote(selling, lines=lines).status_code == 201


def test_quotes_are_deleted_a_day_after_their_end(front_end, selling):
    front_end.quote(selling)
    front_end.quote(selling)
    first = Quote.objects.earliest("pk")
    Quote.objects.filter(pk=first.pk).update(created_at=NOON - quotes._KEPT * 2)
    quotes.delete_old()
    assert not Quote.objects.filter(pk=first.pk).exists()
    assert Quote.objects.count() == 1
