"""Bulk edits by staff: switch objects off for the day, move them to a category."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from catalog import history
from catalog.models import Category, CategoryFamily, ItemFamily, Location, StagedEdit
from integration import wakeups
from integration.db import bulk

from . import availability

_KINDS = {model.kind: model for model in availability.SWITCHABLE}
_LIFETIME = timedelta(days=1)


def stage(*, person_id: int, merchant_id: int, kind: str, keys: Collection[int]) -> StagedEdit:
    """Keep a selection for the pages that follow; delete the user's selections older than a day."""
    old = StagedEdit.objects.filter(created_at__lt=timezone.now() - _LIFETIME)
    old.filter(person_id=person_id).delete()
    return StagedEdit.objects.create(
        person_id=person_id, merchant_id=merchant_id, kind=kind, keys=list(keys)
    )


@transaction.atomic
def switch_off(staged: StagedEdit, location: Location, until: datetime) -> int:
    """Switch the selected objects off at the location; return their number."""
    model = _KINDS[staged.kind]
    at_location = availability.SWITCHABLE[model]
    objects = model.objects.select_related(*model.names_from).filter(
        pk__in=bulk.keys_in(staged.keys), archived_at=None
    )
    values = {"is_active": False, "inactive_until": until}
    rows = at_location.objects.filter(location=location, object__in=objects)
    present = list(rows.select_for_update(of=("self",)).select_related(*at_location.names_from))
    rows.update(**values)
    history.record_update(present, **values)
    keys = {row.object_id for row in present}
    created = [
        at_location(object=target, location=location, **values)
        for target in objects
        if target.pk not in keys
    ]
    bulk.insert(at_location, [bulk.values_of(target) for target in created])
    history.record_rows(made=created)
    staged.delete()
    wakeups.on_commit("catalog.tasks.refresh", staged.merchant_id)
    return len(present) + len(created)


@transaction.atomic
def move(staged: StagedEdit, category: Category, *, keep_others: bool) -> int:
    """Append the selected families to the category and remove them from all others.

    With `keep_others` they also stay in their present categories. Return their number.
    """
    keys = bulk.keys_in(staged.keys)
    families = list(ItemFamily.objects.filter(pk__in=keys, archived_at=None).order_by("name", "pk"))
    links = list(
        CategoryFamily.objects.filter(family__in=keys).select_related(*CategoryFamily.names_from)
    )
    present = {link.family_id for link in links if link.category_id == category.pk}
    last = category.family_links.aggregate(last=Max("position"))["last"]
    start = 0 if last is None else last + 1
    added = [family for family in families if family.pk not in present]
    created = [
        CategoryFamily(category=category, family=family, position=start + offset)
        for offset, family in enumerate(added)
    ]
    removed = [] if keep_others else [link for link in links if link.category_id != category.pk]
    CategoryFamily.objects.filter(pk__in=bulk.keys_in([link.pk for link in removed])).delete()
    bulk.insert(CategoryFamily, [bulk.values_of(family) for family in created])
    history.record_rows(gone=removed, made=created)
    staged.delete()
    wakeups.on_commit("catalog.tasks.refresh", staged.merchant_id)
    return len(families)
