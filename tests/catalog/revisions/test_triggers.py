"""The marks of edits, and the triggers that write them."""

import pytest
from django.core.management import call_command
from django.db import models as django_models

from catalog import models
from catalog.models import CatalogMark, CatalogSnapshot
from catalog.revisions import counter as revisions
from catalog.snapshots import service as snapshots
from tests.catalog.support.database_edits import refused
from tests.catalog.support.full_menu import by_id
from tests.support import factories


def test_compaction_keeps_every_revision(stream, merchant, location):
    uptown = factories.location(merchant, provider_id="loc_uptown")
    soda = factories.family(merchant)
    for place in (location, uptown):
        row = models.FamilyAtLocation.objects.create(object=soda, location=place)
        for price in range(50):
            models.FamilyAtLocation.objects.filter(pk=row.pk).update(price_amount=price)
            models.ItemFamily.objects.update(price_amount=price)
    places = [location.pk, uptown.pk, None]
    before = [revisions.revision_of(merchant.pk, key) for key in places]
    marks = CatalogMark.objects.count()

    revisions.compact(merchant.pk)

    assert [revisions.revision_of(merchant.pk, key) for key in places] == before
    assert CatalogMark.objects.count() == 3 < marks
    assert len({before[0], before[1]}) == 1 < len(set(before))


def test_a_refresh_compacts(merchant, location, stream):
    factories.family(merchant)
    for price in range(40):
        models.ItemFamily.objects.update(price_amount=price)

    snapshots.refresh(merchant)

    assert CatalogMark.objects.filter(merchant_id=merchant.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_triggers_survive_another_migrate(stream, merchant):
    factories.family(merchant, provider_id="fam")
    call_command("migrate", verbosity=0)
    before = stream.catalog("loc_downtown").json()

    models.ItemFamily.objects.update(name="Renamed")

    assert by_id(stream.catalog("loc_downtown").json(), "fam")["name"] == "Renamed"
    assert by_id(before, "fam")["name"] == "Cheeseburger"
    refused(lambda: factories.tax(merchant, provider_id="fam"))


def test_every_menu_table_marks_its_changes():
    """Changes to a table without triggers would be missed by every pull."""
    unmarked = {
        models.Location, models.LocationAccess, CatalogMark, CatalogSnapshot, models.KnownId,
        models.CatalogBody, models.CatalogBuild, models.CatalogImport, models.CompiledMenu,
        models.ObjectChange, models.StagedEdit,
        models.Picture,  # Stream reads its address, in the rows that link to it.
    }  # fmt: skip
    tables = {
        model._meta.db_table
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, django_models.Model)
    } - {model._meta.db_table for model in unmarked}
    from catalog.revisions.triggers.tables import marked_tables as _marked

    assert tables == {marked.table for marked in _marked()} - {"catalog_location"}
