"""The cost of an order: time, and queries, whatever the catalog's size."""

import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import models
from catalog.compiled import store as compiled_menus
from catalog.models import ItemFamily
from orders.models import Order
from tests.orders.support.stream_orders import at_location, line, make_menu, order

# Without a compiled menu, four of them read it.
FEW = 13
FEW_COMPILED = 10  # The location, the token, switches and stock; then the writes.


def _big_order(key):
    """Ten lines, modifiers two levels deep, and stock of every kind that is counted."""
    burger = line("fam_burger", 1000, 1, line("mod_patty", 500, 1, line("mod_rare", 50)))
    pizza = line("item_large", 1500, 2, line("mod_ham", 200, 2))
    lines = [burger, pizza, line("fam_soda", 250), line("item_small", 900)] * 2
    lines += [line(None, 10, name="Markup"), line("fam_soda_item", 250)]
    return order(*lines, idempotency_key=key, source="uber")


def _queries(stream, sent):
    with CaptureQueriesContext(connection) as caught:
        assert stream.order(**sent).status_code == 200
    frame = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")
    return [query["sql"] for query in caught if not query["sql"].startswith(frame)]


def test_an_order_by_a_compiled_menu_takes_few_queries(stream, merchant):
    make_menu(merchant)
    for one in ("fam_soda", "item_large", "mod_ham", "mod_rare"):
        at_location(one, stock_count=1000)
    compiled_menus.refresh(merchant)
    _queries(stream, _big_order("warm"))

    assert len(_queries(stream, _big_order("next"))) == FEW_COMPILED


def test_an_order_takes_few_queries_whatever_the_size_of_the_catalog(stream, merchant):
    make_menu(merchant)
    for one in ("fam_soda", "item_large", "mod_ham", "mod_rare"):
        at_location(one, stock_count=1000)
    _queries(stream, _big_order("warm"))

    small = _queries(stream, _big_order("small"))
    groups = list(models.ModifierGroup.objects.all())
    families = ItemFamily.objects.bulk_create(
        ItemFamily(merchant=merchant, provider_id=f"more_{n}", name="More", price_amount=n)
        for n in range(2000)
    )
    models.FamilyModifierGroup.objects.bulk_create(
        models.FamilyModifierGroup(family=family, group=groups[family.pk % len(groups)])
        for family in families
    )
    large = _queries(stream, _big_order("large"))

    assert len(small) == len(large) <= FEW, "\n".join(small)


@pytest.mark.django_db(transaction=True)  # With the commits, as durable as in use.
def test_an_order_is_taken_in_a_moment(stream, merchant):
    make_menu(merchant)
    at_location("item_large", stock_count=10_000)
    milliseconds = []
    for number in range(50):
        sent = _big_order(f"key-{number}")
        clock = time.perf_counter()
        assert stream.order(**sent).status_code == 200
        milliseconds.append((time.perf_counter() - clock) * 1000)

    median = statistics.median(milliseconds)
    print(f"\norder.created: median {median:.1f} ms of {len(milliseconds)}")  # noqa: T201  # The number is the point.
    assert Order.objects.count() == 50
    assert median < (50 if connection.vendor == "sqlite" else 200)  # Over TCP, shared with others.


def test_a_repeat_takes_fewer_queries(stream, merchant):
    make_menu(merchant)
    sent = _big_order("key")
    _queries(stream, sent)

    assert len(_queries(stream, sent)) == 3  # Who, the order of before, the archive.
