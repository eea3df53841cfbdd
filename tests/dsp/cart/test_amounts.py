"""Exact sums, discounts and taxes of an order."""

from decimal import Decimal

import pytest

from dsp.cart.amounts import Discount, TaxAmount, amounts
from dsp.cart.lines import PricedLine, PricedModifier
from dsp.menus.schema import Family, Tax, Variation

SALES = Tax("sales", "Sales tax", Decimal("8.5"), True, False)
CITY = Tax("city", "City tax", Decimal("1"), False, False)
INCLUSIVE = Tax("vat", "VAT", Decimal("19"), False, True)
TAXES = {tax.stream_id: tax for tax in (SALES, CITY, INCLUSIVE)}


def _line(price, *tax_ids, quantity=1, modifiers=()):
    variation = Variation("v", "Regular", price)
    return PricedLine(Family("f", "F", (variation,), (), tax_ids), variation, quantity, modifiers)


def test_the_pickup_example_of_the_contract():
    cheese = PricedModifier("s-mod-cheese", "s-mg-extras", "Cheese", 1, 100)
    found = amounts([_line(1000, "sales", quantity=2, modifiers=(cheese,))], TAXES)
    assert (found.subtotal, found.tax, found.total) == (2200, 187, 2387)
    assert found.taxes == (TaxAmount("sales", "Sales tax", 187),)


def test_the_drive_thru_example_of_the_contract():
    assert amounts([_line(800, "sales")], TAXES).tax == 68


def test_the_delivery_example_of_the_contract_with_both_kinds_of_discounts():
    lines = [_line(1000, "sales"), _line(800, "sales")]
    found = amounts(lines, TAXES, [Discount(200), Discount(100, line=0)])
    assert (found.subtotal, found.discount, found.tax) == (1800, 300, 128)  # 127.5, half up.


def test_each_tax_counts_the_lines_it_is_on_and_is_rounded_once():
    lines = [_line(33, "city", "sales"), _line(33, "city"), _line(1000)]
    found = amounts(lines, TAXES)
    assert {one.id: one.amount for one in found.taxes} == {"sales": 3, "city": 1}  # 2.805, 0.66.
    assert found.tax == 4


def test_inclusive_taxes_stay_in_the_prices():
    found = amounts([_line(1190, "vat")], TAXES)
    assert (found.subtotal, found.tax, found.taxes) == (1190, 0, ())


def test_a_discount_of_the_order_reduces_taxed_and_untaxed_lines_in_proportion():
    found = amounts([_line(1000, "sales"), _line(3000)], TAXES, [Discount(2000)])
    assert (found.discount, found.tax) == (2000, 43)  # 8.5 % of 500 is 42.5.


@pytest.mark.parametrize("discount", [Discount(9999), Discount(9999, line=0)])
def test_no_more_is_taken_off_than_there_is(discount):
    found = amounts([_line(1000, "sales")], TAXES, [discount])
    assert (found.discount, found.tax, found.total) == (1000, 0, 0)
