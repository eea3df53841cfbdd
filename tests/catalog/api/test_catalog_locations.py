"""Get Catalog: selection by the headers (contract CAT)."""

from datetime import UTC, datetime

import pytest

from catalog import models
from catalog.models import Location
from tests.catalog.support.full_menu import by_id
from tests.support import factories

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)


@pytest.fixture
def two(merchant, location):
    """A second location with an overlay."""
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    soda = factories.family(merchant, provider_id="soda", price_amount=250)
    item = factories.item(factories.family(merchant, provider_id="pizza"), provider_id="large")
    for place, is_active in ((location, False), (uptown, True)):
        models.FamilyAtLocation.objects.create(
            object=soda, location=place, price_amount=300 + place.pk, is_active=is_active
        )
    models.ItemAtLocation.objects.create(object=item, location=location, stock_count=0)
    models.ItemAtLocation.objects.create(object=item, location=uptown, stock_count=3)
    return uptown


def test_without_headers_the_only_location_is_served(stream, merchant):
    factories.location(merchant, archived_at=NOW)
    factories.location(factories.merchant())
    factories.family(merchant, provider_id="soda")

    assert stream.catalog().content == stream.catalog("loc_downtown").content


def test_without_headers_several_locations_are_an_error_naming_the_header(stream, two):
    answer = stream.catalog()

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert "X-Provider-Location-Id" in answer.json()["error_description"]


def test_with_both_headers_the_locations_catalog_is_served(stream, merchant, two):
    answer = stream.catalog("loc_uptown", HTTP_X_PROVIDER_MERCHANT_ID=merchant.provider_id)

    assert answer.content == stream.catalog("loc_uptown").content
    assert by_id(answer.json(), "soda")["price_amount"] == 300 + two.pk
    assert by_id(answer.json(), "large")["stock_count"] == 3


def test_the_global_catalog_has_base_prices_and_is_active_if_any_location_is(stream, merchant, two):
    everywhere = {"HTTP_X_PROVIDER_MERCHANT_ID": merchant.provider_id}

    soda, large = (by_id(stream.catalog(**everywhere).json(), key) for key in ("soda", "large"))
    assert (soda["is_active"], soda["price_amount"]) == (True, 250)
    assert large["is_active"] is True
    assert "stock_count" not in large

    models.FamilyAtLocation.objects.update(is_active=False)
    assert by_id(stream.catalog(**everywhere).json(), "soda")["is_active"] is False
    models.FamilyAtLocation.objects.filter(location=two).delete()
    assert by_id(stream.catalog(**everywhere).json(), "soda")["is_active"] is True
    Location.objects.filter(pk=two.pk).update(archived_at=NOW)
    changed = stream.catalog(**everywhere).json()
    assert by_id(changed, "soda")["is_active"] is False
    assert by_id(changed, "large")["is_active"] is False


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_PROVIDER_LOCATION_ID": "loc_foreign"},
        {"HTTP_X_PROVIDER_LOCATION_ID": "loc_archived"},
        {"HTTP_X_PROVIDER_LOCATION_ID": "x"},
        {"HTTP_X_PROVIDER_LOCATION_ID": "x\x00é"},
        {"HTTP_X_PROVIDER_MERCHANT_ID": "mer_foreign"},
        {"HTTP_X_PROVIDER_MERCHANT_ID": "x"},
        {
            "HTTP_X_PROVIDER_LOCATION_ID": "loc_downtown",
            "HTTP_X_PROVIDER_MERCHANT_ID": "mer_foreign",
        },
        {"HTTP_X_PROVIDER_LOCATION_ID": "loc_foreign", "HTTP_X_PROVIDER_MERCHANT_ID": "mer_own"},
    ],
)
def test_unknown_and_other_merchants_ids_are_not_found(stream, merchant, headers):
    type(merchant).objects.update(provider_id="mer_own")
    foreign = factories.merchant(provider_id="mer_foreign")
    factories.location(foreign, provider_id="loc_foreign")
    factories.location(merchant, provider_id="loc_archived", archived_at=NOW)

    answer = stream.catalog(**headers)

    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"
