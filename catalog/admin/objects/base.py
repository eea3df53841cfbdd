"""The common base of the admin of all menu objects."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from catalog import models
from catalog.admin.bulk import archiving as bulk_archiving
from catalog.admin.bulk.actions import BulkActionsMixin
from catalog.admin.fields.display import READABLE, CatalogFields, readable
from catalog.admin.history.pages import HistoryMixin
from catalog.admin.scope.location_limits import is_limited
from catalog.admin.validation import menu_check
from catalog.models import KnownId
from catalog.models.base import new_provider_id
from integration import wakeups
from integration.admin.shared.tenancy import TenantAdmin, TenantForm

from .filters import ArchivedFilter
from .tree import Node

_MODELS: dict[str, Any] = {
    model.kind: model
    for model in (
        models.Menu, models.Category, models.ItemFamily, models.Item,
        models.ModifierGroup, models.Modifier, models.Tax,
    )
}  # fmt: skip

_SAVED = "saved_object"  # The request attribute that holds the object its form saved.


class MenuObjectForm(TenantForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider_id" in self.fields:
            self.fields[
                "provider_id"
            ].help_text = "Stream's permanent ID for it. Leave empty to generate one."

    def clean_provider_id(self) -> str:
        provider_id: str = self.cleaned_data["provider_id"]
        if not provider_id:
            return new_provider_id(self.instance.kind)
        known = KnownId.objects.filter(
            merchant_id=self.instance.merchant_id, provider_id=provider_id
        ).first()
        if known is not None:
            raise ValidationError(_taken(known))
        return provider_id


def _taken(known: KnownId) -> str:
    """Explain which object uses the ID and what to do about it."""
    owners = _MODELS[known.kind].objects.filter(
        merchant_id=known.merchant_id, provider_id=known.provider_id
    )
    owner = owners.first()
    advice = "choose another or leave it empty"
    if owner is None:
        return f"This ID was used before and cannot be reused: {advice}."
    name = f"the {owner._meta.verbose_name} “{owner}”"
    if owner.archived_at is not None:
        return f"This ID belongs to {name}, which is archived: restore that, or {advice}."
    return f"This ID belongs to {name}: {advice}."


class MenuObjectAdmin(BulkActionsMixin, HistoryMixin, CatalogFields, TenantAdmin):
    """Menu objects are archived, not deleted; users limited to locations edit only those rows."""

    form = MenuObjectForm
    show_full_result_count = True
    list_editable = ["is_active"]
    list_filter = ["is_active", ArchivedFilter]
    search_fields = ["name", "=provider_id"]
    search_help_text = "Name or ID"
    ordering = ["name", "pk"]
    actions = [
        "switch_on", "switch_off", "off_for_the_day", "move_to_category", "change_prices",
        "archive", "bring_back",
    ]  # fmt: skip
    has_location_rows: ClassVar[bool] = False
    empty_hint: ClassVar[str] = ""  # Shown in an empty list: how to begin.
    for_stream = ("For Stream", {"fields": ["provider_id", "archived"], "classes": ["collapse"]})

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        queryset = super().get_queryset(request)
        return self.for_list(queryset) if is_list(request) else queryset

    def for_list(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Annotate the queryset for the list's columns."""
        return queryset

    def get_choices(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return super().get_choices(request, queryset).filter(archived_at=None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [*super().get_fieldsets(request, obj), self.for_stream]
        if self._may_edit(request, obj):
            return fieldsets
        return [(name, {**part, "fields": readable(part["fields"])}) for name, part in fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "archived", *READABLE]
        if obj is not None:
            fields.append("provider_id")
        if not self._may_edit(request, obj):
            fields += flatten_fieldsets(self.get_fieldsets(request, obj))
        return fields

    def _may_edit(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, obj) and not is_limited(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not is_limited(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return not is_limited(request) or (obj is not None and self.has_location_rows)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if is_limited(request):
            return  # A user limited to locations saves only their rows.
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        wakeups.on_commit("catalog.tasks.refresh", form.instance.merchant_id)
        setattr(request, _SAVED, form.instance)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Report the menu check's findings on the saved object, after its transaction."""
        response = super().changeform_view(request, *args, **kwargs)
        saved = getattr(request, _SAVED, None)
        if saved is not None:
            menu_check.report_findings(request, saved)
        return response

    def below(self, obj: Any) -> list[Node]:
        """Return the tree that the object's page shows."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        context["tree"] = [] if obj is None else self.below(obj)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    @display(description="archived")
    def archived(self, obj: Any) -> str:
        return f"{obj.archived_at:%d %b %Y, %H:%M} UTC" if obj.archived_at else "No"

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        changed = self.change_all(request, queryset, "Switched on.", is_active=True)
        self.message_user(request, f"{changed} switched on.")

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        changed = self.change_all(request, queryset, "Switched off.", is_active=False)
        self.message_user(request, f"{changed} switched off.")

    @admin.action(description="Restore", permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        archived = queryset.exclude(archived_at=None)
        changed = self.change_all(request, archived, "Brought back.", archived_at=None)
        self.message_user(request, f"{changed} restored.")

    def change_all(
        self, request: HttpRequest, queryset: "QuerySet[Any]", note: str, **values: Any
    ) -> int:
        """Change every selected object and record it in its history."""
        return bulk_archiving.change_all(request, queryset, note, **values)


def is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return bool(match and (match.url_name or "").endswith("_changelist"))
