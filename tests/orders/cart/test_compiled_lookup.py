"""An order is judged alike by a compiled menu and by the rows of the database."""

from random import Random

import msgspec
import pytest
from django.utils import timezone

from catalog.compiled import compiler
from orders.cart.catalog_lookup import load_facts
from orders.cart.compiled_lookup import Named
from orders.cart.lines import entries_of, identify
from orders.protocol.schema import Order
from orders.validation.context import Case
from orders.validation.rules import validate
from tests.orders.support import random_menus

_EDITS, _ORDERS = 6, 5


@pytest.mark.parametrize("seed", range(12))
def test_a_compiled_menu_says_the_same_as_the_database(merchant, location, seed):
    random = Random(seed)
    random_menus.make_menu(merchant, random)
    for _ in range(_EDITS):
        random_menus.edit_menu(merchant, random)
        random_menus.edit_location(location, random)
        random_menus.edit_location(location, random)
        menu = compiler.compile_menu(merchant)
        for _ in range(_ORDERS):
            sent = msgspec.convert(random_menus.make_order(random), type=Order)
            _compare(menu, merchant, location, sent)


def test_the_random_orders_reach_acceptance_and_most_refusals(merchant, location):
    """Without this, the comparison might compare nothing."""
    random, seen = Random(1), set()
    random_menus.make_menu(merchant, random)
    for _ in range(300):
        sent = msgspec.convert(random_menus.make_order(random), type=Order)
        refused = _judged(sent, location, load_facts(sent, location, timezone.now()))
        seen |= {"stock"} if refused.stock else set()
        seen |= {"totals"} if refused.totals else set()
        words = ("not offered", "not on the menu", "comes in sizes", "needs", "at most", "costs")
        reasons = " ".join(one["order_error_reason"] for one in refused.order)
        seen |= {word for word in words if word in reasons} if refused else {"accepted"}
    expected = {"not offered", "not on the menu", "comes in sizes", "needs", "at most", "costs"}
    assert seen >= {"accepted", "totals"} | expected


def _compare(menu, merchant, location, sent):
    now = timezone.now()
    named = Named(menu, entries_of(sent))
    query, values = named.overlay_query(location.pk)
    compiled = named.facts(query.rows(**values), (sent.source or "").lower(), now)
    fresh = load_facts(sent, location, now)

    assert (compiled.items, compiled.families) == (fresh.items, fresh.families)
    assert compiled.modifiers == fresh.modifiers
    for key in fresh.offers.of_family | compiled.offers.of_family:
        assert compiled.offers.of_family.get(key, []) == fresh.offers.of_family.get(key, [])
    for key in fresh.offers.of_modifier | compiled.offers.of_modifier:
        assert compiled.offers.of_modifier.get(key, []) == fresh.offers.of_modifier.get(key, [])
    assert _judged(sent, location, compiled).body() == _judged(sent, location, fresh).body()


def _judged(sent, location, facts):
    entries = entries_of(sent)
    identify(entries, facts)
    return validate(Case(sent, location, "usd", entries, facts, timezone.now()))
