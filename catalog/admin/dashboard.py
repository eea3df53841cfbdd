"""What the start page says to a merchant's people: what needs a look now, and how to begin."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from catalog import models
from catalog.menu import availability
from catalog.models import Location
from catalog.validation import check
from catalog.validation.report import ERROR
from integration.admin.shared.tenancy import person
from integration.models import Merchant

from .scope.location_limits import limit_of

_MOST_PLACES = 12
# Of a larger menu the check takes too long for a start page; its own page still does it.
_CHECKED_FAMILIES = 3_000
# What may be off at a location, as people call it: one, many.
_AT_LOCATION: list[tuple[Any, str, str]] = [
    (models.FamilyAtLocation, "dish", "dishes"),
    (models.ItemAtLocation, "size", "sizes"),
    (models.GroupAtLocation, "modifier group", "modifier groups"),
    (models.ModifierAtLocation, "modifier", "modifiers"),
]


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's call before it shows the start page."""
    return {**context, "today": of(request)}


def of(request: HttpRequest) -> dict[str, Any]:
    """For the template of the start page; nothing for our own staff, who have no menu."""
    merchant = person(request).merchant
    if merchant is None or not person(request).has_perm("catalog.view_menu"):
        return {}
    limit = limit_of(request)
    steps = _steps(merchant)
    return {
        "places": _places(merchant, limit),
        "places_path": reverse("admin:catalog_location_changelist"),
        "figures": _figures(merchant, limit),
        "steps": steps,
        "is_begun": all(one["is_done"] for one in steps),
        "may_build": person(request).has_perm("catalog.add_menu") and limit is None,
    }


def _live(merchant: Merchant, limit: Collection[int] | None) -> Any:
    live = Location.objects.filter(merchant=merchant, archived_at=None)
    return live if limit is None else live.filter(pk__in=limit)


def _places(merchant: Merchant, limit: Collection[int] | None) -> list[dict[str, Any]]:
    """The paused ones first, for they are what somebody may have forgotten."""
    live = _live(merchant, limit)
    now = timezone.now()
    paused = Q(paused_at__isnull=False) & (Q(paused_until=None) | Q(paused_until__gt=now))
    shown = [*live.filter(paused)[:_MOST_PLACES], *live.exclude(paused)[:_MOST_PLACES]]
    shown = shown[:_MOST_PLACES]
    off = _off_by_place([one.pk for one in shown])
    return [_place(one, off[one.pk]) for one in shown]


def _place(location: Location, off: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "location": location,
        "is_paused": location.is_paused(),
        "until": location.paused_until and location.local(location.paused_until),
        "off": off,
        "stream_path": reverse("admin:catalog_location_stream", args=[location.pk]),
    }


def _off_by_place(keys: list[int]) -> dict[int, list[dict[str, str]]]:
    """What is off at each location, by kind, with the way to the list of it."""
    off: dict[int, list[dict[str, str]]] = defaultdict(list)
    for model, one, many in _AT_LOCATION:
        rows = (
            availability.off_rows(model)
            .filter(location__in=keys, object__archived_at=None)
            .order_by()
        )
        kind = model._meta.get_field("object").related_model._meta.model_name
        path = reverse(f"admin:catalog_{kind}_changelist")
        for key, count in rows.values_list("location_id").annotate(count=Count("pk")):
            text = f"{count} {one if count == 1 else many} off"
            off[key].append({"text": text, "path": f"{path}?off={key}"})
    return off


def _figures(merchant: Merchant, limit: Collection[int] | None) -> list[dict[str, Any]]:
    families = models.ItemFamily.objects.filter(merchant=merchant, archived_at=None)
    off = families.filter(is_active=False).count()
    lost = families.filter(category_links=None).count()
    figures = [
        _figure("Dishes off everywhere", off, _families(is_active__exact="0")),
        _figure("Dishes in no category", lost, _families(category="none")),
    ]
    if families.count() <= _CHECKED_FAMILIES:
        found = check(merchant, among=limit)
        broken = sum(one.severity == ERROR for one in found)
        figures.append(_figure("Kept out of what Stream gets", broken, _check(), is_bad=True))
        figures.append(_figure("Probably not meant", len(found) - broken, _check()))
    return figures


def _figure(label: str, count: int, path: str, *, is_bad: bool = False) -> dict[str, Any]:
    return {"label": label, "count": count, "path": path, "is_bad": is_bad and count > 0}


def _families(**query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('admin:catalog_itemfamily_changelist')}?{asked}"


def _check() -> str:
    return reverse("admin:catalog_menu_check")


def _steps(merchant: Merchant) -> list[dict[str, Any]]:
    """From nothing to a menu that Stream can sell."""
    return [
        _step(
            models.Tax, merchant, "Write your tax", "The rate that is added to what is sold.",
        ),
        _step(
            models.Category, merchant, "Make a category, and its dishes with it",
            "Name a category and write its dishes with their prices below it, in their order.",
        ),
        _step(
            models.ItemFamily, merchant, "Give the dishes what they need",
            "A dish's page has its sizes, modifier groups, pictures and prices by channel.",
        ),
        _step(
            models.Menu, merchant, "Put the categories on a menu",
            "A menu says when they are sold; one for the whole week is enough.",
        ),
    ]  # fmt: skip


def _step(model: Any, merchant: Merchant, title: str, text: str) -> dict[str, Any]:
    name = f"admin:catalog_{model._meta.model_name}"
    is_done = model.objects.filter(merchant=merchant, archived_at=None).exists()
    path = reverse(f"{name}_changelist") if is_done else reverse(f"{name}_add")
    return {"title": title, "text": text, "is_done": is_done, "path": path}
