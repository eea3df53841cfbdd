"""The admin of delivery endpoints and the delivery page, for our own staff only."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import display

from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.read_only import ReadOnlyMixin
from integration.admin.shared.tenancy import is_own_staff
from integration.delivery import circuit_breaker
from integration.models import Endpoint, OutboundEvent
from integration.webhooks import explanations

from . import dashboard
from .dashboard import COLORS, STATES


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyMixin, ButtonsMixin, ModelAdmin):
    list_display = [
        "name", "shown_state", "since", "last_failure", "last_success", "next_probe",
    ]  # fmt: skip
    ordering = ["name"]
    actions = ["resume", "probe_now"]
    buttons: ClassVar[list[str]] = ["resume", "probe_now"]
    fields = readonly_fields = ["name"]

    def get_urls(self) -> list[Any]:
        name = "integration_endpoint_dashboard"
        view = self.admin_site.admin_view(self.dashboard_view)
        return [path("dashboard/", view, name=name), *super().get_urls()]

    def dashboard_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Delivery",
            "page": dashboard.page_of(request.GET.get("span", ""), request.GET.get("receiver", "")),
        }
        return TemplateResponse(request, "admin/integration/endpoint/dashboard.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        endpoint = self.get_object(request, unquote(object_id))
        context: dict[str, Any] = {}
        if endpoint is not None:
            context = {"title": f"Receiver {endpoint.name}", **self._page_of(request, endpoint)}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )
        return response

    def _page_of(self, request: HttpRequest, endpoint: Endpoint) -> dict[str, Any]:
        now = timezone.now()
        counted = OutboundEvent.objects.filter(endpoint=endpoint.name, state="waiting").aggregate(
            waiting=Count("pk")
        )
        label = STATES[endpoint.breaker]
        return {
            "endpoint": endpoint,
            "label": label,
            "color": COLORS[label],
            "explained": explanations.why_stuck(endpoint, now) or "Events are sent as they occur.",
            "facts": [(label, value) for label, value in _facts(endpoint, now) if value],
            "waiting": counted["waiting"],
            "may_press": self.may_press(request, "resume"),
        }

    @display(description="state", label=COLORS)
    def shown_state(self, endpoint: Endpoint) -> str:
        return STATES[endpoint.breaker]

    @display(description="since", empty_value="–")
    def since(self, endpoint: Endpoint) -> str | None:
        return _ago(endpoint.stopped_at or endpoint.failing_since)

    @display(description="last success", empty_value="–")
    def last_success(self, endpoint: Endpoint) -> str | None:
        return _ago(endpoint.last_success_at)

    @display(description="next probe", empty_value="–")
    def next_probe(self, endpoint: Endpoint) -> str | None:
        return _ago(endpoint.probe_at) if endpoint.breaker == "open" else None

    @admin.action(description="Resume", permissions=["resume"])
    def resume(self, request: HttpRequest, queryset: "QuerySet[Endpoint]") -> None:
        for name in queryset.values_list("pk", flat=True):
            if circuit_breaker.resume(name):
                self.message_user(request, f"Events are sent to “{name}” again.")
            else:
                self.message_user(request, f"“{name}” was not blocked.", messages.WARNING)

    @admin.action(description="Probe now", permissions=["resume"])
    def probe_now(self, request: HttpRequest, queryset: "QuerySet[Endpoint]") -> None:
        for name in queryset.values_list("pk", flat=True):
            if circuit_breaker.probe_now(name):
                self.message_user(request, f"“{name}” is being probed with one event.")
            else:
                self.message_user(request, f"“{name}” is not failing.", messages.WARNING)

    def has_resume_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_own_staff(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_own_staff(request) and super().has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _ago(when: Any) -> str | None:
    return explanations.relative_time(when, timezone.now()) if when is not None else None


def _facts(endpoint: Endpoint, now: Any) -> list[tuple[str, str | None]]:
    is_open = endpoint.breaker == "open"
    return [
        ("Stopped", _ago(endpoint.stopped_at)),
        ("Failing since", _ago(endpoint.failing_since)),
        ("Consecutive failures", str(endpoint.consecutive_failures or "")),
        ("Last failure", endpoint.last_failure),
        ("Last success", _ago(endpoint.last_success_at)),
        ("Next probe", _ago(endpoint.probe_at) if is_open else None),
    ]
