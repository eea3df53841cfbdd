"""Menu IDs: never changed or used by another kind (contract CAT)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import models
from tests.catalog.support.database_edits import refused, sql
from tests.support import factories

LATER = timezone.now() + timedelta(hours=1)
KINDS = [
    models.Tax, models.Menu, models.Category, models.ItemFamily, models.Item,
    models.ModifierGroup, models.Modifier,
]  # fmt: skip


def _make(kind, merchant, provider_id):
    fields = {"merchant": merchant, "provider_id": provider_id, "name": "X"}
    if kind is models.Tax:
        fields["rate"] = "1"
    if kind is models.Item:
        fields |= {"price_amount": 1, "family": models.ItemFamily.objects.get(provider_id="fam")}
    return kind(**fields)


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_cannot_be_changed_or_used_by_another_kind(merchant, kind):
    factories.family(merchant, provider_id="fam")
    _make(kind, merchant, "one").save()
    table = kind._meta.db_table

    for other in KINDS:
        if other is not kind:
            refused(_make(other, merchant, "one").save)
            refused(lambda other=other: other.objects.bulk_create([_make(other, merchant, "one")]))
    refused(lambda: kind.objects.filter(provider_id="one").update(provider_id="two"))
    refused(lambda: sql(f"UPDATE {table} SET provider_id = 'x' WHERE provider_id = 'one'"))  # noqa: S608  # Our own tables.
    refused(_make(kind, merchant, "one").save)
    assert kind.objects.get(provider_id="one")


def test_a_deleted_objects_id_can_be_reused_by_its_own_kind_only(merchant):
    factories.modifier(merchant, provider_id="one").delete()

    refused(lambda: factories.tax(merchant, provider_id="one"))
    refused(
        lambda: sql(
            "INSERT INTO catalog_tax (merchant_id, provider_id, name, is_active, rate, is_default,"
            " is_inclusive, created_at, updated_at)"
            " VALUES (%s, 'one', 'T', %s, 1, %s, %s, %s, %s)",
            *(merchant.pk, True, False, False, LATER.isoformat(), LATER.isoformat()),
        )
    )
    assert factories.modifier(merchant, provider_id="one")


def test_merchants_have_separate_ids_and_objects_cannot_change_merchant(merchant):
    other = factories.merchant()
    factories.tax(merchant, provider_id="one")
    factories.modifier(other, provider_id="one")

    refused(lambda: models.Tax.objects.update(merchant=other))
