"""The admin of locations: address, opening hours, order rules."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from catalog.admin.fields import order_restrictions as restriction_fields
from catalog.admin.fields.display import readable
from catalog.admin.fields.special_days import SpecialDaysField, draw_special_days
from catalog.admin.fields.week import WEEK_FIELDS, WeekForm, draw_week
from catalog.admin.history.pages import HistoryMixin
from catalog.admin.objects.filters import ArchivedFilter
from catalog.admin.scope.location_limits import is_limited, limit_of
from catalog.admin.stream_view import page as stream_view_page
from catalog.hours import special_days
from catalog.locations import prep_time as location_prep_time
from catalog.models import Location, order_restrictions
from catalog.models.locations import new_location_id
from integration import wakeups
from integration.oauth import authorizations

from . import order_rules
from . import status as location_status
from .access import AccessAtLocationInline
from .actions import LocationActions

_ZONES = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


class LocationForm(WeekForm):
    week_name = "hours"
    empty_week = "always open"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider_id" in self.fields:
            self.fields["provider_id"].required = False
            self.initial["provider_id"] = ""
            self.fields[
                "provider_id"
            ].help_text = "Stream's permanent ID for it. Leave empty to generate one."

        days = self.fields.get("special_days")
        if isinstance(days, SpecialDaysField):
            self.initial["special_days"] = days.bind_location(self.instance)
        restriction_fields.keep_present(self, self.instance)

    def clean_provider_id(self) -> str:
        provider_id: str = self.cleaned_data["provider_id"]
        if not provider_id:
            return new_location_id()
        if Location.objects.filter(provider_id=provider_id).exists():
            raise forms.ValidationError("This ID is taken: choose another or leave it empty.")
        return provider_id

    def whole_week(self, week: dict[str, list[str]]) -> dict[str, list[str]]:
        return week if any(week.values()) else {}


@admin.register(Location)
class LocationAdmin(HistoryMixin, LocationActions):
    form = LocationForm
    list_display = ["name", "city", "taking_orders", "stream", "prep_time_minutes", "menu"]
    list_filter = [ArchivedFilter]
    search_fields = ["name", "city", "postal_code", "=provider_id"]
    search_help_text = "Name, city, postal code or ID"
    ordering = ["name", "pk"]
    inlines = [AccessAtLocationInline]
    readonly_fields = ["week", "special", "menu", "off_channels", "off_kinds", "prep_examples"]
    change_form_outer_before_template = "admin/catalog/location/state.html"
    object_fieldsets = [
        (None, {"fields": ["name", "menu"]}),
        *order_rules.FIELDSETS,
        ("Not accepted", {"fields": ["channels_off", "fulfillment_types_off"]}),
        (
            "Address",
            {
                "fields": [
                    "address_line_1", "address_line_2", "city", "state", "postal_code", "country",
                    "timezone",
                ]
            },
        ),
        (
            "Opening hours",
            {
                "fields": WEEK_FIELDS,
                "description": "For example 09:00-14:00, 17:00-22:30; an empty day is closed."
                " <strong>All days empty: always open.</strong> For hours past midnight, enter two"
                " windows: one until 23:59, one from 00:00 on the next day.",
            },
        ),
        (
            "Special days",
            {
                "fields": ["special_days"],
                "description": "Holidays and other dates with hours that replace the weekly ones."
                " Leave the times empty to close all day.",
            },
        ),
        ("For Stream", {"fields": ["provider_id"], "classes": ["collapse"]}),
    ]  # fmt: skip

    def get_urls(self) -> list[Any]:
        return [*stream_view_page.location_urls(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        live = Q(merchant_id__in=authorizations.live_merchant_ids())
        authorized = ExpressionWrapper(live, output_field=BooleanField())
        locations = super().get_queryset(request)
        limit = limit_of(request)
        if limit is not None:
            locations = locations.filter(pk__in=limit)
        annotated: QuerySet[Any] = locations.annotate(is_authorized=authorized)
        return annotated

    def get_choices(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return super().get_choices(request, queryset).filter(archived_at=None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        hidden = set(self.readonly_fields) if obj is None else set()
        may_edit = self.has_change_permission(request, obj)
        return [
            (
                name,
                {
                    **part,
                    "fields": [
                        field
                        for field in (part["fields"] if may_edit else readable(part["fields"]))
                        if field not in hidden
                    ],
                },
            )
            for name, part in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "provider_id"] if obj is not None else fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return list(self.inlines) if obj is not None else []

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "special_days":
            return SpecialDaysField(label="Dates")
        if db_field.name in restriction_fields.FIELDS:
            return restriction_fields.field(db_field.name)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "timezone":
            zones = [(zone, zone.replace("_", " ")) for zone in _ZONES]
            field.widget = UnfoldAdminSelect2Widget(choices=zones)
            field.help_text = "Opening hours and menus use this time zone."
        return field

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not is_limited(request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        wakeups.on_commit("catalog.tasks.refresh", form.instance.merchant_id)

    @display(description="orders", label=location_status.TAKING)
    def taking_orders(self, location: Location) -> str:
        return location_status.taking_orders(location)

    @display(description="Stream", ordering="is_connected", label=location_status.STATES)
    def stream(self, location: Any) -> str:
        return location_status.stream(location)

    @display(description="menu")
    def menu(self, location: Location) -> Any:
        if location.archived_at is not None:
            return "–"
        address = reverse("admin:catalog_location_stream", args=[location.pk])
        return format_html('<a class="text-link" href="{}">As Stream sees it</a>', address)

    @display(description="opening hours")
    def week(self, location: Location) -> Any:
        return draw_week(location.hours, nothing="Always open")

    @display(description="examples")
    def prep_examples(self, location: Location) -> str:
        return " ".join(location_prep_time.examples(location))

    @display(description="special days")
    def special(self, location: Location) -> Any:
        days = special_days.upcoming(location.special_days, location.local().date())
        return draw_special_days(days) if days else "None"

    @display(description="channels switched off")
    def off_channels(self, location: Location) -> str:
        return order_restrictions.display_names(location.channels_off, order_restrictions.CHANNELS)

    @display(description="not offered")
    def off_kinds(self, location: Location) -> str:
        kinds = order_restrictions.FULFILLMENT_TYPES
        return order_restrictions.display_names(location.fulfillment_types_off, kinds)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        location = self.get_object(request, unquote(object_id))
        state_context = {"state": self._state_of(request, location)} if location is not None else {}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **state_context}
        )
        return response

    def _state_of(self, request: HttpRequest, location: Any) -> dict[str, Any]:
        label = location_status.taking_orders(location)
        may_press = location.archived_at is None and self.may_press(request, "pause")
        return {
            "label": label,
            "color": location_status.TAKING[label],
            "facts": location_status.facts(location),
            "buttons": location_status.buttons(location) if may_press else [],
        }
