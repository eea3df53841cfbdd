"""The start page for a merchant's users: what needs attention now, and the first steps."""

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
from integration.admin.shared.tenancy import signed_in_user
from integration.models import Merchant

from .scope.location_limits import limit_of

_MOST_LOCATIONS = 12
# The check of a larger menu is too slow for a start page; its own page still runs it.
_CHECKED_FAMILIES = 3_000
# The models of objects that may be off at a location, with their singular and plural names.
_AT_LOCATION: list[tuple[Any, str, str]] = [
    (models.FamilyAtLocation, "dish", "dishes"),
    (models.ItemAtLocation, "size", "sizes"),
    (models.GroupAtLocation, "modifier group", "modifier groups"),
    (models.ModifierAtLocation, "modifier", "modifiers"),
]


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the start page's context; Unfold calls this before rendering."""
    return {**context, "today": merchant_overview(request)}


def merchant_overview(request: HttpRequest) -> dict[str, Any]:
    """Return the overview for the start page; empty for our own staff, who have no menu."""
    merchant = signed_in_user(request).merchant
    if merchant is None or not signed_in_user(request).has_perm("catalog.view_menu"):
        return {}
    limit = limit_of(request)
    steps = _steps(merchant)
    return {
        "places": _locations(merchant, limit),
        "places_path": reverse("admin:catalog_location_changelist"),
        "figures": _figures(merchant, limit),
        "steps": steps,
        "is_begun": all(step["is_done"] for step in steps),
        "may_build": signed_in_user(request).has_perm("catalog.add_menu") and limit is None,
    }


def _live_locations(merchant: Merchant, limit: Collection[int] | None) -> Any:
    live = Location.objects.filter(merchant=merchant, archived_at=None)
    return live if limit is None else live.filter(pk__in=limit)


def _locations(merchant: Merchant, limit: Collection[int] | None) -> list[dict[str, Any]]:
    """List paused locations first, as somebody may have forgotten them."""
    live = _live_locations(merchant, limit)
    now = timezone.now()
    paused = Q(paused_at__isnull=False) & (Q(paused_until=None) | Q(paused_until__gt=now))
    shown = [*live.filter(paused)[:_MOST_LOCATIONS], *live.exclude(paused)[:_MOST_LOCATIONS]]
    shown = shown[:_MOST_LOCATIONS]
    off = _off_by_location([location.pk for location in shown])
    return [_location_card(location, off[location.pk]) for location in shown]


def _location_card(location: Location, off: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "location": location,
        "is_paused": location.is_paused(),
        "until": location.paused_until and location.local(location.paused_until),
        "off": off,
        "stream_path": reverse("admin:catalog_location_stream", args=[location.pk]),
    }


def _off_by_location(keys: list[int]) -> dict[int, list[dict[str, str]]]:
    """Count what is off at each location by kind, with a link to the list."""
    off: dict[int, list[dict[str, str]]] = defaultdict(list)
    for model, singular, plural in _AT_LOCATION:
        rows = (
            availability.unavailable_rows(model)
            .filter(location__in=keys, object__archived_at=None)
            .order_by()
        )
        kind = model._meta.get_field("object").related_model._meta.model_name
        path = reverse(f"admin:catalog_{kind}_changelist")
        for key, count in rows.values_list("location_id").annotate(count=Count("pk")):
            text = f"{count} {singular if count == 1 else plural} off"
            off[key].append({"text": text, "path": f"{path}?off={key}"})
    return off


def _figures(merchant: Merchant, limit: Collection[int] | None) -> list[dict[str, Any]]:
    families = models.ItemFamily.objects.filter(merchant=merchant, archived_at=None)
    off = families.filter(is_active=False).count()
    uncategorized = families.filter(category_links=None).count()
    figures = [
        _figure("Dishes off everywhere", off, _families_path(is_active__exact="0")),
        _figure("Dishes in no category", uncategorized, _families_path(category="none")),
    ]
    if families.count() <= _CHECKED_FAMILIES:
        findings = check(merchant, among=limit)
        broken = sum(finding.severity == ERROR for finding in findings)
        figures.append(_figure("Not sent to Stream", broken, _check_path(), is_bad=True))
        figures.append(_figure("Probable mistakes", len(findings) - broken, _check_path()))
    return figures


def _figure(label: str, count: int, path: str, *, is_bad: bool = False) -> dict[str, Any]:
    return {"label": label, "count": count, "path": path, "is_bad": is_bad and count > 0}


def _families_path(**query: str) -> str:
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('admin:catalog_itemfamily_changelist')}?{parameters}"


def _check_path() -> str:
    return reverse("admin:catalog_menu_check")


def _steps(merchant: Merchant) -> list[dict[str, Any]]:
    """List the steps to a first menu that Stream can sell."""
    return [
        _step(
            models.Tax, merchant, "Enter your tax", "The rate that is added to sales.",
        ),
        _step(
            models.Category, merchant, "Create a category with its dishes",
            "Name a category and list its dishes with their prices below it, in order.",
        ),
        _step(
            models.ItemFamily, merchant, "Complete the dishes",
            "Each dish has a page for its sizes, modifier groups, pictures and channel prices.",
        ),
        _step(
            models.Menu, merchant, "Put the categories on a menu",
            "A menu sets when they are sold; one for the whole week is enough.",
        ),
    ]  # fmt: skip


def _step(model: Any, merchant: Merchant, title: str, text: str) -> dict[str, Any]:
    name = f"admin:catalog_{model._meta.model_name}"
    is_done = model.objects.filter(merchant=merchant, archived_at=None).exists()
    path = reverse(f"{name}_changelist") if is_done else reverse(f"{name}_add")
    return {"title": title, "text": text, "is_done": is_done, "path": path}
