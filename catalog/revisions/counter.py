"""A catalog's revision: the sum of the marks that concern it (catalog.revisions.triggers)."""

from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce
from django.db.models.query import QuerySet

from catalog.models import CatalogMark, CatalogSnapshot

# A scope with more marks than this is compacted into one, so that the sum stays fast.
_COMPACT_ABOVE = 32
_BATCH_SIZE = 10_000


def revision_of(merchant_id: int, location_id: int | None) -> int:
    """Return the current revision of a location's catalog or, without one, of the merchant's."""
    marks = CatalogMark.objects.filter(merchant_id=merchant_id)
    if location_id is not None:
        marks = marks.filter(Q(location_id=None) | Q(location_id=location_id))
    return marks.aggregate(sum=Sum("weight"))["sum"] or 0


def with_revision(snapshots: QuerySet[CatalogSnapshot]) -> QuerySet[CatalogSnapshot]:
    """Annotate `current_revision`, equal to `revision_of`, in the same query."""
    marks = CatalogMark.objects.filter(merchant_id=OuterRef("merchant_id")).order_by()
    location_marks = marks.filter(Q(location_id=None) | Q(location_id=OuterRef("location_id")))
    return snapshots.annotate(
        current_revision=Case(
            When(location=None, then=Coalesce(_sum(marks), Value(0))),
            default=Coalesce(_sum(location_marks), Value(0)),
            output_field=BigIntegerField(),
        )
    )


def menu_revision() -> Coalesce:
    """Return the revision of the menu itself, without locations, for rows with a `merchant_id`."""
    marks = CatalogMark.objects.filter(merchant_id=OuterRef("merchant_id"), location_id=None)
    return Coalesce(_sum(marks.order_by()), Value(0), output_field=BigIntegerField())


def _sum(marks: QuerySet[CatalogMark]) -> Subquery:
    # PostgreSQL adds bigints up to a numeric, which a compiled query would leave as a Decimal.
    total = Cast(Sum("weight"), BigIntegerField())
    sums = marks.values("merchant_id").annotate(sum=total).values("sum")
    return Subquery(sums, output_field=BigIntegerField())


def compact(merchant_id: int) -> None:
    """Merge each scope's marks into one; every reader sees the same sums throughout."""
    while _compact_some(merchant_id):
        pass


@transaction.atomic
def _compact_some(merchant_id: int) -> bool:
    """Merge the oldest marks; return True if there may be more."""
    marks = list(
        CatalogMark.objects.filter(merchant_id=merchant_id)
        .order_by("pk")
        .values_list("pk", "location_id", "weight")[:_BATCH_SIZE]
    )
    scopes: dict[int | None, list[tuple[int, int]]] = {}
    for key, location_id, weight in marks:
        scopes.setdefault(location_id, []).append((key, weight))
    removed = 0
    for location_id, members in scopes.items():
        if len(members) > _COMPACT_ABOVE:
            removed += _compact_scope(merchant_id, location_id, [key for key, _ in members])
    return removed >= _BATCH_SIZE // 2


def _compact_scope(merchant_id: int, location_id: int | None, keys: list[int]) -> int:
    rows = CatalogMark.objects.filter(pk__in=keys)
    if connection.features.has_select_for_update:
        # Another worker may compact the same marks: merge only the rows locked here.
        rows = rows.select_for_update(skip_locked=True)
    held = list(rows.values_list("pk", "weight"))
    if not held:
        return 0
    CatalogMark.objects.filter(pk__in=[key for key, _ in held]).delete()
    CatalogMark.objects.create(
        merchant_id=merchant_id, location_id=location_id, weight=sum(weight for _, weight in held)
    )
    return len(held)
