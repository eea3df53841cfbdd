"""The record of a pull (contract CAT, "What Stream was told")."""

from catalog import tasks
from catalog.models import CatalogSnapshot
from catalog.snapshots import service as snapshots
from integration.models import OutboundEvent
from tests.support import factories


def test_a_pull_of_a_catalog_replaced_meanwhile_hides_no_change(stream, merchant, location):
    family = factories.family(merchant, price_amount=1000)
    stream.catalog("loc_downtown")  # Stream holds A.
    family.price_amount = 1100
    family.save()
    tasks.refresh(merchant.pk)
    held = CatalogSnapshot.objects.get(location=location)  # It reads B, …
    family.price_amount = 1200
    family.save()
    tasks.refresh(merchant.pk)  # … C is stored, …
    snapshots.note_pull(held)  # … and only then the pull of B is noted.
    family.price_amount = 1000
    family.save()
    tasks.refresh(merchant.pk)  # Back to A: but Stream holds B.
    waiting = OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING)
    assert waiting.filter(event_type="location.catalog.updated").count() == 1


def test_the_sweep_withdraws_an_event_made_needless_by_a_pull(stream, merchant, location):
    family = factories.family(merchant, price_amount=1000)
    stream.catalog("loc_downtown")
    family.price_amount = 1100
    family.save()
    tasks.refresh(merchant.pk)
    event = OutboundEvent.objects.get()
    assert event.state == OutboundEvent.State.WAITING
    stream.catalog("loc_downtown")  # The wake-up is lost.
    tasks.look_after_catalogs()
    event.refresh_from_db()
    assert event.state == OutboundEvent.State.WITHDRAWN
