"""Statements that Django writes once: their values change, whatever characters are in them."""

import threading

import pytest
from django.db import connection
from django.db.models import BigIntegerField, CharField
from django.test.utils import CaptureQueriesContext

from catalog.models import ItemFamily
from integration.db.compiled import Given, GivenMany, Prepared
from tests.support import factories

pytestmark = pytest.mark.django_db

STRANGE = ['a"b', "a\\b", "{a,b}", "a,b", "NULL", "", " a ", "é\u2028", "%s", "'; --", "\\"]


@pytest.fixture
def written():
    """How often Django wrote the statement."""
    return []


@pytest.fixture
def named(written):
    def write():
        written.append(threading.get_ident())
        of_merchant = ItemFamily.objects.filter(merchant_id=Given("merchant", BigIntegerField()))
        return of_merchant.filter(name__among=GivenMany("names", CharField())).order_by("pk")

    return write


@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_value_finds_itself_and_nothing_else(merchant, named, strange):
    for name in STRANGE:
        factories.family(merchant, name=name)
    prepared = Prepared(lambda: named().values_list("name"))
    found = prepared.rows(merchant=merchant.pk, names=[strange, "not there"])
    assert [list(row) for row in found] == [[strange]]


def test_the_statement_is_written_once_and_its_values_are_not_kept(merchant, named, written):
    factories.family(merchant, name="Soup")
    factories.family(factories.merchant(name="Elsewhere"), name="Soup")
    prepared = Prepared(lambda: named().values_list("name", "merchant_id"))
    for one in (merchant.pk, merchant.pk + 1_000_000, merchant.pk):
        found = prepared.rows(merchant=one, names=["Soup"])
        expected = [("Soup", merchant.pk)] if one == merchant.pk else []
        assert found == expected
    assert len(written) == 1


def test_nothing_is_among_nothing(merchant, named):
    factories.family(merchant, name="Soup")
    assert list(Prepared(named).objects(merchant=merchant.pk, names=[])) == []


def test_objects_are_as_django_reads_them(merchant, named):
    family = factories.family(merchant, name="Soup", allergens=["milk"])
    with CaptureQueriesContext(connection) as caught:
        (found,) = Prepared(named).objects(merchant=merchant.pk, names={"Soup"})
        assert found == family
        assert found.allergens == ["milk"]
        assert found.updated_at == family.updated_at
    assert len(caught) == 1


def test_a_value_that_is_not_given_is_an_error(merchant, named):
    with pytest.raises(KeyError, match="names"):
        list(Prepared(named).objects(merchant=merchant.pk))
