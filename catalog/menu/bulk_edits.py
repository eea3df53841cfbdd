"""What staff do to many objects at once: switch them off for the day, move them."""

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
_DAY_LIFE = timedelta(days=1)


def stage(*, person_id: int, merchant_id: int, kind: str, keys: Collection[int]) -> StagedEdit:
    """Keeps a choice for the pages that follow; forgets the person's choices of other days."""
    old = StagedEdit.objects.filter(created_at__lt=timezone.now() - _DAY_LIFE)
    old.filter(person_id=person_id).delete()
    return StagedEdit.objects.create(
        person_id=person_id, merchant_id=merchant_id, kind=kind, keys=list(keys)
    )


@transaction.atomic
def switch_off(staged: StagedEdit, location: Location, until: datetime) -> int:
    """Switches the chosen objects off there; how many."""
    chosen = _KINDS[staged.kind]
    offers = availability.SWITCHABLE[chosen]
    objects = chosen.objects.select_related(*chosen.names_from).filter(
        pk__in=bulk.keys_in(staged.keys), archived_at=None
    )
    values = {"is_active": False, "inactive_until": until}
    here = offers.objects.filter(location=location, object__in=objects)
    present = list(here.select_for_update(of=("self",)).select_related(*offers.names_from))
    here.update(**values)
    history.note_update(present, **values)
    special = {row.object_id for row in present}
    made = [
        offers(object=one, location=location, **values) for one in objects if one.pk not in special
    ]
    bulk.insert(offers, [bulk.values_of(one) for one in made])
    history.note_rows(made=made)
    staged.delete()
    wakeups.on_commit("catalog.tasks.refresh", staged.merchant_id)
    return len(present) + len(made)


@transaction.atomic
def move(staged: StagedEdit, category: Category, *, keep_others: bool) -> int:
    """Puts the chosen families at the end of the category, and takes them out of all others.

    `keep_others`: they also stay where they are. Returns how many are in the category now.
    """
    chosen = bulk.keys_in(staged.keys)
    families = list(
        ItemFamily.objects.filter(pk__in=chosen, archived_at=None).order_by("name", "pk")
    )
    links = list(
        CategoryFamily.objects.filter(family__in=chosen).select_related(*CategoryFamily.names_from)
    )
    there = {link.family_id for link in links if link.category_id == category.pk}
    last = category.family_links.aggregate(last=Max("position"))["last"]
    start = 0 if last is None else last + 1
    new = [one for one in families if one.pk not in there]
    made = [
        CategoryFamily(category=category, family=one, position=start + place)
        for place, one in enumerate(new)
    ]
    gone = [] if keep_others else [link for link in links if link.category_id != category.pk]
    CategoryFamily.objects.filter(pk__in=bulk.keys_in([link.pk for link in gone])).delete()
    bulk.insert(CategoryFamily, [bulk.values_of(one) for one in made])
    history.note_rows(gone=gone, made=made)
    staged.delete()
    wakeups.on_commit("catalog.tasks.refresh", staged.merchant_id)
    return len(families)
