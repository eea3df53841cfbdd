"""Orders judged by the compiled menu that a process holds: exact, in two exchanges."""

from contextlib import contextmanager
from unittest.mock import Mock

import pytest

from catalog import models
from catalog.compiled import store as compiled_menus
from integration.db import statements
from integration.models import Merchant
from orders.cart import catalog_lookup
from orders.inbound import question
from orders.models import InboundEvent, Order
from tests.orders.support.stream_orders import (
    at_location,
    base,
    here,
    line,
    off,
    order,
    refusal_in,
    thing,
)
from tests.support import factories
from tests.support.stream import Stream
from tests.support.threads import at_once

pytestmark = pytest.mark.usefixtures("menu")


@pytest.fixture
def warm(stream, menu, merchant):
    """Return Stream, whose last order made the process hold the menu."""
    compiled_menus.refresh(merchant)
    assert stream.order(**order(idempotency_key="warm")).status_code == 200
    return stream


@contextmanager
def _only_compiled(monkeypatch):
    """Fail if the menu is read from the database."""
    with monkeypatch.context() as patch:
        patch.setattr(catalog_lookup, "load_facts", Mock(side_effect=AssertionError))
        yield


_RARE = line("mod_patty", 500, 1, line("mod_rare", 50))
_ORDERS = {
    "burger": [line("fam_burger", 1000, 1, _RARE)],
    "pizza": [line("item_large", 1500, 1, line("mod_ham", 200))],
    "soda": [line("fam_soda_item", 250)],
}


def _remove(model, **which):
    return lambda: model.objects.filter(**which).delete()


# Edits after which the order named is refused; the last ones are of the location alone.
_EDITS = {
    "a price rose": ("soda", base("fam_soda", price_amount=251)),
    "archived": ("soda", base("fam_soda", archived_at="2026-01-01T00:00Z")),
    "off the menu": ("soda", base("fam_soda", is_active=False)),
    "the family of the size is off": ("pizza", base("fam_pizza", is_active=False)),
    "the family of the size is archived": (
        "pizza", base("fam_pizza", archived_at="2026-01-01T00:00Z"),
    ),
    "an option left its group": (
        "pizza", _remove(models.GroupModifier, modifier__provider_id="mod_ham"),
    ),
    "a group left its family": (
        "burger", _remove(models.FamilyModifierGroup, group__provider_id="grp_extras"),
    ),
    "a nested group left": (
        "burger", _remove(models.ModifierNestedGroup, group__provider_id="grp_cooking"),
    ),
    "a group demands a choice": ("burger", base("grp_extras", minimum_unique_modifiers=2)),
    "a group allows no choice": ("burger", base("grp_extras", maximum_unique_modifiers=0)),
    "a group is off": ("burger", base("grp_extras", is_active=False)),
    "a channel has its price": (
        "soda",
        lambda: models.FamilyDspPrice.objects.create(
            object=thing("fam_soda"), dsp="uber", price_amount=300
        ),
    ),
    "off at the location": ("soda", off("fam_soda")),
    "sold out at the location": ("pizza", here("mod_ham", stock_count=0)),
    "dearer at the location": ("pizza", here("item_large", price_amount=1600)),
    "the family of the size is off here": ("pizza", off("fam_pizza")),
    "a group is off at the location": ("burger", off("grp_cooking")),
}  # fmt: skip


@pytest.mark.parametrize("says", _EDITS)
def test_an_order_after_an_edit_is_judged_by_it(warm, merchant, monkeypatch, says):
    named, edit = _EDITS[says]
    sent = order(*_ORDERS[named], source="Uber")
    with _only_compiled(monkeypatch):
        assert warm.order(**(sent | {"idempotency_key": "before"})).status_code == 200

    edit()
    at_once_refused = refusal_in(warm.order(**sent))
    compiled_menus.refresh(merchant)

    with _only_compiled(monkeypatch):
        assert refusal_in(warm.order(**sent)) == at_once_refused


def test_an_order_takes_one_question_and_one_write(warm, monkeypatch):
    at_location("fam_soda", stock_count=5)
    exchanges = []
    real = {name: getattr(statements, name) for name in ("fetch", "fetch_each", "pipeline")}

    def counted(name):
        def call(*args):
            exchanges.append(name)
            with monkeypatch.context() as patch:  # On SQLite, one is made of the other.
                patch.setattr(statements, "fetch", real["fetch"])
                return real[name](*args)

        return call

    for name in real:
        monkeypatch.setattr(statements, name, counted(name))
    sent = order(*_ORDERS["burger"], *_ORDERS["soda"], idempotency_key="counted")
    assert warm.order(**sent).status_code == 200

    assert exchanges == ["fetch_each", "pipeline"]
    assert Order.objects.get(stock_taken__has_key="item_family")


def test_a_token_of_another_merchant_learns_nothing_of_a_menu_that_is_held(warm):
    other = factories.merchant(name="Other")
    stranger = Stream(factories.access_token(factories.user(other)).raw)

    for says in ("fam_soda", "fam_none"):
        refused = refusal_in(stranger.order(**order(line(says, 250), idempotency_key=says)))
        assert refused["orderValidation"][0]["order_error_reason"] == (
            "This restaurant does not exist here."
        )
    assert set(InboundEvent.objects.filter(merchant=other).values_list("outcome", flat=True)) == {
        "refused"
    }


def test_without_access_the_order_is_neither_judged_nor_logged(warm):
    logged = InboundEvent.objects.count()
    stranger = Stream("wrong")
    for authorization in ("Bearer wrong", "Basic abc"):
        stranger.headers["HTTP_AUTHORIZATION"] = authorization
        answer = stranger.order(**order())
        challenge = 'Bearer realm="stream-pos", error="invalid_token"'
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, challenge)
    assert InboundEvent.objects.count() == logged


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_compiled", [True, False], ids=["compiled at once", "not yet compiled"])
def test_an_edit_between_the_guess_and_the_question_counts(
    warm, merchant, monkeypatch, is_compiled
):
    """The edit commits, in another thread, after the process chose the menu to ask by."""
    real = question._expected

    def edit():
        base("fam_soda", price_amount=300)()
        at_location("mod_ham", stock_count=0)
        if is_compiled:
            compiled_menus.refresh(merchant)

    def expect_early(*args):
        monkeypatch.undo()
        expected = real(*args)
        at_once(edit)
        return expected

    for named, section in (("soda", "orderTotalsValidation"), ("pizza", "stockValidation")):
        monkeypatch.setattr(question, "_expected", expect_early)
        sent = order(*_ORDERS[named], idempotency_key=named)
        assert section in refusal_in(warm.order(**sent))
        models.ModifierAtLocation.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_each_of_many_edits_counts_for_the_next_order_of_another_thread(warm, merchant, token):
    """One thread edits and compiles, or leaves that to later; another sends orders at once."""
    for number in range(12):
        price = 250 + number
        base("fam_soda", price_amount=price)()
        sent = [
            order(line("fam_soda", price - 1), idempotency_key=f"below-{number}"),
            order(line("fam_soda", price), idempotency_key=f"right-{number}"),
        ]
        racing = [lambda one=one: Stream(token.raw).order(**one).status_code for one in sent]
        compiling = [lambda: compiled_menus.refresh(merchant)] if number % 2 else []
        below, right, *_ = at_once(*racing, *compiling)
        assert (below, right) == (400, 200)


def test_a_restored_database_is_judged_by_its_own_menu(warm, merchant):
    """Revisions repeat after a backup was restored; what a menu contains does not."""
    stored = models.CompiledMenu.objects.get(merchant=merchant)
    base("fam_soda", price_amount=300)()
    compiled_menus.refresh(merchant)
    models.CompiledMenu.objects.update(revision=stored.revision)
    models.CatalogMark.objects.filter(merchant_id=merchant.pk, location_id=None).delete()
    models.CatalogMark.objects.create(merchant_id=merchant.pk, weight=stored.revision)

    assert "orderTotalsValidation" in refusal_in(warm.order(**order(line("fam_soda", 250))))


def test_locations_of_two_merchants_do_not_mix(warm, merchant):
    assert Merchant.objects.count() == 1
    other = factories.merchant(name="Other")
    factories.location(other, provider_id="loc_other")
    factories.family(other, provider_id="fam_soda", name="Soda", price_amount=400)
    theirs = Stream(factories.access_token(factories.user(other)).raw)
    compiled_menus.refresh(other)

    for key in ("first", "second"):
        sent = order(line("fam_soda", 250), location_id="loc_other", idempotency_key=key)
        assert "orderTotalsValidation" in refusal_in(theirs.order(**sent))
        sent = order(line("fam_soda", 250), idempotency_key=key)
        assert warm.order(**sent).status_code == 200
