"""The page that says what names the objects before they are archived."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from catalog import history
from catalog.menu import references
from catalog.menu.references import Reference
from catalog.models import StagedEdit
from integration import wakeups
from integration.admin.shared.tenancy import signed_in_user
from integration.db import bulk

from . import moves as bulk_moves

_TEMPLATE = "admin/catalog/bulk/archive.html"
_SHOWN = 200


def archive(request: HttpRequest, staged: StagedEdit, model: Any) -> bulk_moves.Outcome:
    """Archive the selection once the person has seen what names it now."""
    named = references.references_to(staged.kind, staged.keys)
    plan = [[row.named.pk, row.by.kind, row.by.pk] for row in named]
    if request.method == "POST" and staged.plan == plan:
        selected = model.objects.filter(pk__in=bulk.keys_in(staged.keys), archived_at=None)
        with transaction.atomic():
            count = change_all(request, selected, "Archived.", archived_at=timezone.now())
            staged.delete()
        return bulk_moves.Done(archived_sentence(count))
    StagedEdit.objects.filter(pk=staged.pk).update(plan=plan)
    context = {
        "title": "Archive",
        "groups": _grouped(named[:_SHOWN]),
        "hidden": max(0, len(named) - _SHOWN),
        "has_changed": request.method == "POST",
    }
    return bulk_moves.Question(_TEMPLATE, context)


def _grouped(named: list[Reference]) -> list[dict[str, Any]]:
    """Return each named object with links to those that name it."""
    groups: dict[int, dict[str, Any]] = {}
    for row in named:
        group = groups.setdefault(row.named.pk, {"named": row.named, "by": []})
        group["by"].append((row.by._meta.verbose_name, row.by, url_of(row.by)))
    return list(groups.values())


def url_of(obj: Any) -> str:
    """Return the address of an object's page."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def archived_sentence(count: int) -> str:
    return f"{count:,} archived. The filter “archived” shows them."


@transaction.atomic
def change_all(request: HttpRequest, queryset: "QuerySet[Any]", note: str, **values: Any) -> int:
    """Change every selected object and record it in its history."""
    selected = list(queryset)
    history.record_update(selected, **values)
    keys = [obj.pk for obj in selected]
    changed = queryset.model._default_manager.filter(pk__in=keys)
    count: int = changed.update(updated_at=timezone.now(), **values)
    if selected:
        LogEntry.objects.log_actions(signed_in_user(request).pk, selected, CHANGE, note)
    for merchant_id in {obj.merchant_id for obj in selected}:
        wakeups.on_commit("catalog.tasks.refresh", merchant_id)
    return count
