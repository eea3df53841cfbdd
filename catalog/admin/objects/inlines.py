"""The inline rows of menu objects: ordered links, locations, channel prices."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from catalog.admin.fields.display import READABLE, CatalogFields, readable
from catalog.admin.scope.location_limits import is_limited, limit_of
from integration.admin.shared.tenancy import TenantForm, TenantFormSet, TenantInline
from integration.db import database_time


class MenuInline(CatalogFields, TenantInline):
    """Rows that hold everywhere; read-only for users limited to some locations."""

    merchant_path = "object__merchant"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # A row has no room for links to the related object.
        return field

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_fields(request, obj))
        return fields if self.has_change_permission(request, obj) else readable(fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *READABLE]

    def is_read_only(self, request: HttpRequest) -> bool:
        return is_limited(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not self.is_read_only(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_read_only(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self.is_read_only(request)


class OrderedFormSet(TenantFormSet):
    """Append new rows, unless they were dragged into position."""

    def clean(self) -> None:
        super().clean()
        placed = [form.cleaned_data.get("position") for form in self.forms if form.is_valid()]
        following = max((place for place in placed if place is not None), default=-1) + 1
        for form in self.forms:
            if form.is_valid() and form.has_changed() and _is_unplaced(form):
                form.instance.position = following
                following += 1


def _is_unplaced(form: Any) -> bool:
    row = form.instance
    has_no_position = form.cleaned_data.get("position") is None
    return has_no_position and (row._state.adding or row.position is None)


class OrderedInline(MenuInline):
    """Rows ordered by dragging."""

    formset = OrderedFormSet
    ordering_field: str | None = "position"
    hide_ordering_field = True
    ordering = ["position", "pk"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "position":
            widget = UnfoldAdminIntegerFieldWidget(attrs={"min": 0})
            return forms.IntegerField(
                required=False, min_value=0, max_value=2**31 - 1, widget=widget
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if not self.has_change_permission(request, obj):
            self.ordering_field = None  # No dragging on read-only pages.
        return super().get_formset(request, obj, **kwargs)


class AtLocationForm(TenantForm):
    """An object's state at a location; `inactive_until` is entered in the location's local time."""

    for_the_day = forms.BooleanField(
        label="Off for the day",
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text="Off now; back on automatically when the location's next business day begins.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        until = self.instance.inactive_until
        if until is not None:
            local = self.instance.location.local(until)
            self.initial["inactive_until"] = local.replace(tzinfo=None, second=0, microsecond=0)

    def stored_value(self, name: str) -> Any:
        # Cleaning takes the location's local time.
        return self.initial.get(name) if name == "inactive_until" else super().stored_value(name)

    @property
    def kept(self) -> list[str]:
        """Take the switch together with an end of the time off."""
        ends = {"inactive_until", "for_the_day"}.intersection(self.changed_data)
        return [name for name in super().kept if not (ends and name == "is_active")]

    def fields_to_save(self) -> set[str]:
        """Treat availability as one switch: an end of the time off implies being off."""
        changed, is_on = super().fields_to_save(), self.instance.is_active
        if is_on and "is_active" not in changed:
            return changed - {"inactive_until"}  # Meaningless while it is on.
        if is_on or changed & {"inactive_until", "for_the_day"}:
            return changed | {"is_active", "inactive_until"}
        return changed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        until, location = cleaned.get("inactive_until"), cleaned.get("location")
        if cleaned.get("for_the_day") and location is not None:
            cleaned |= {"is_active": False, "inactive_until": location.end_of_day()}
        elif cleaned.get("is_active"):
            cleaned["inactive_until"] = None
        elif until is not None and location is not None:
            until = until.replace(tzinfo=ZoneInfo(location.timezone))
            if "inactive_until" in self.changed_data and until <= database_time.now():
                raise ValidationError(
                    {"inactive_until": "This time has already passed at the location."}
                )
            cleaned["inactive_until"] = until
        return cleaned


class AtLocationInline(MenuInline):
    """An object's state at locations; users limited to a location may edit its row."""

    form = AtLocationForm
    verbose_name = "location"
    verbose_name_plural = "at locations"
    autocomplete_fields = ["location"]
    fields = [
        "location", "is_active", "inactive_until", "for_the_day", "price_amount", "stock_count",
    ]  # fmt: skip

    def is_read_only(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows = super().get_queryset(request).filter(location__archived_at=None)
        limit = limit_of(request)
        return rows if limit is None else rows.filter(location__in=limit)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "inactive_until":
            picker = UnfoldAdminTextInputWidget(attrs={"class": "sp-instant"})
            picker.input_type = "datetime-local"
            return LocalInstantField(
                required=False, label="Off until", widget=picker, help_text=_UNTIL_HELP
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


_UNTIL_HELP = "In the location's local time; it comes back on then. Leave empty to stay off."


class LocalInstantField(forms.DateTimeField):
    """A wall-clock time in the time zone of the row's location."""

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else f"{value:%Y-%m-%dT%H:%M}"

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((self.prepare_value(initial) or "") != (data or "")[:16])


class GroupAtLocationInline(AtLocationInline):
    fields = ["location", "is_active", "inactive_until", "for_the_day"]


class ChannelField(forms.CharField):
    """A channel name in lower case, as orders are matched: users type Uber for uber."""

    def to_python(self, value: Any) -> Any:
        return str(super().to_python(value) or "").lower()


class DspPriceInline(MenuInline):
    fields = ["dsp", "price_amount"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "dsp":
            kwargs["form_class"] = ChannelField
        return super().formfield_for_dbfield(db_field, request, **kwargs)
