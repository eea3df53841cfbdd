"""Fixtures shared by the tests of the catalog."""

import pytest

from catalog import tasks
from catalog.models import CatalogSnapshot, ItemFamily, Location
from integration.models import Merchant, OutboundEvent
from tests.support import factories
from tests.support.stream import Stream

from .support import full_menu
from .support.catalog_events import read


@pytest.fixture
def full(merchant: Merchant, location: Location) -> None:
    full_menu.make(merchant, location)


@pytest.fixture
def soda(stream: Stream, merchant: Merchant) -> ItemFamily:
    """A connected location whose catalog Stream has read, and nothing is owed."""
    made = factories.family(merchant, provider_id="soda", name="Soda")
    tasks.look_after_catalogs()
    assert stream.catalog("loc_downtown").status_code == 200
    tasks.settle(merchant.pk)
    OutboundEvent.objects.all().delete()
    CatalogSnapshot.objects.update(event_id=None, event_etag="")
    return made


@pytest.fixture
def sized(merchant: Merchant, soda: ItemFamily, stream: Stream) -> ItemFamily:
    """A family with a size and a group of one modifier; Stream has read it, nothing is owed."""
    extra = factories.modifier(merchant, provider_id="extra")
    group = factories.group(merchant, extra, provider_id="extras")
    family = factories.family(merchant, group, provider_id="burger")
    factories.item(family, provider_id="large")
    read(stream, merchant)
    return family
