"""The admin of alarms: open ones first, read-only, dismissible by those they concern."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from integration.admin.shared.read_only import ReadOnlyMixin
from integration.admin.shared.tenancy import (
    TenantAdmin,
    is_own_staff,
    is_owner_or_own_staff,
    signed_in_user,
)
from integration.models import Alarm
from integration.monitoring import alarms


class OpenFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Open"), ("no", "Closed")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Alarm]") -> "QuerySet[Alarm]":
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "yes")


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyMixin, TenantAdmin):
    list_display = ["shown_kind", "shown_state", "message", "count", "raised_at", "last_at"]
    list_filter = [OpenFilter, "kind", ("raised_at", admin.DateFieldListFilter)]
    ordering = [F("resolved_at").desc(nulls_first=True), "-raised_at", "-pk"]
    actions = ["dismiss"]
    object_fieldsets = [
        (None, {"fields": ["shown_kind", "shown_state", "message", "help"]}),
        (
            "History",
            {
                "fields": [
                    "count", "raised_at", "last_at", "emailed_at", "resolved_at", "ended_by",
                    "endpoint",
                ]
            },
        ),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Alarm]":
        return alarms.visible_to(signed_in_user(request)).order_by(*self.get_ordering(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or alarms.help_path(obj, for_own_staff=is_own_staff(request)):
            return fieldsets
        return [
            (title, {"fields": [name for name in part["fields"] if name != "help"]})
            for title, part in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [name for _, part in self.object_fieldsets for name in part["fields"]]
        return [*shown, "merchant"]

    @display(description="alarm", ordering="kind")
    def shown_kind(self, alarm: Alarm) -> str:
        return alarm.get_kind_display()

    @display(description="state", ordering="resolved_at", label={"Open": "danger", "Closed": ""})
    def shown_state(self, alarm: Alarm) -> str:
        return "Open" if alarm.resolved_at is None else "Closed"

    @display(description="ended by")
    def ended_by(self, alarm: Alarm) -> str:
        if alarm.resolved_at is None:
            return "-"
        return alarm.resolved_by or "Resolved automatically."

    @display(description="help")
    def help(self, alarm: Alarm) -> SafeString:
        path = alarms.help_path(alarm, for_own_staff=alarm.kind == Alarm.Kind.HANDLER)
        what = alarms.help_shows(alarm)
        return format_html('<a class="text-link" href="{}">Show the {}</a>', path, what)

    @admin.action(description="Dismiss", permissions=["dismiss"])
    def dismiss(self, request: HttpRequest, queryset: "QuerySet[Alarm]") -> None:
        user, still_open = signed_in_user(request), queryset.filter(resolved_at=None)
        open_count = still_open.count()
        allowed = alarms.dismissible_by(user)
        count = alarms.dismiss(
            allowed.filter(pk__in=still_open.order_by().values("pk")), by=user.email
        )
        message = f"{count} dismissed. The alarm reopens if the problem recurs."
        if count < open_count and not is_own_staff(request):
            message += " Only our own staff can dismiss alarms that concern every merchant."
        self.message_user(request, message)

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return is_owner_or_own_staff(request) and self.has_view_permission(request)
