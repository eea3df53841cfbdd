"""Exporting an imported catalog returns it, and importing it again changes nothing."""

import json

import orjson
import pytest

from catalog import models
from catalog.import_export import exporter, importer
from catalog.models import CatalogMark
from tests.catalog.support import random_catalogs
from tests.catalog.support.random_catalogs import canonical
from tests.support import factories


def _import(merchant, catalog, *, merge=False):
    return importer.import_catalog(merchant, orjson.dumps(catalog), merge=merge)


def _assert_round_trip(merchant, location, stream, catalog):
    _import(merchant, catalog)

    assert canonical(exporter.export(merchant)) == canonical(catalog)
    assert canonical(exporter.export(merchant, location)) == canonical(catalog)
    pulled = stream.catalog("loc_downtown")
    assert canonical(pulled.content) == canonical(catalog)
    marks = CatalogMark.objects.count()
    assert _import(merchant, json.loads(exporter.export(merchant))).is_empty()
    assert CatalogMark.objects.count() == marks
    again = stream.catalog("loc_downtown", HTTP_IF_NONE_MATCH=pulled["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize("seed", range(4))
def test_random_catalogs_round_trip_one_after_another(merchant, location, stream, seed):
    """Each catalog replaces the one before, removing, changing and restoring objects."""
    factories.location(merchant, provider_id="loc_uptown")
    factories.location(merchant, provider_id="loc_closed", archived_at="2020-01-01T00:00:00Z")
    foreign = factories.merchant(name="Foreign")
    _import(foreign, random_catalogs.make(20, seed=99))
    theirs = exporter.export(foreign)

    for families in (1, 30, 8, 120, 30):
        catalog = random_catalogs.make(families, seed=seed * 1000 + families)
        _assert_round_trip(merchant, location, stream, catalog)

    assert exporter.export(foreign) == theirs


def test_a_large_catalog_keeps_its_order(merchant, location, stream):
    catalog = random_catalogs.make(2000, seed=5)

    _assert_round_trip(merchant, location, stream, catalog)

    assert json.loads(exporter.export(merchant)) == catalog


def test_every_feature_of_a_catalog_round_trips(merchant, location, full):
    """Use a menu as staff make it, with gaps, archived objects and location overrides."""
    before = exporter.export(merchant)
    rows = {model: list(model.objects.order_by("pk").values()) for model in _tables()}

    plan = importer.import_catalog(merchant, before, merge=False)

    assert plan.is_empty()
    assert {model: list(model.objects.order_by("pk").values()) for model in _tables()} == rows


def test_merging_the_catalog_into_itself_changes_nothing(merchant, location, full):
    marks = CatalogMark.objects.count()

    plan = importer.import_catalog(merchant, exporter.export(merchant), merge=True)

    assert plan.is_empty()
    assert CatalogMark.objects.count() == marks


def _tables():
    return [
        value
        for value in vars(models).values()
        if isinstance(value, type) and hasattr(value, "_meta")
    ]
