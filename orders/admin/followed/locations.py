"""The page on which our own staff map Stream's location IDs, and what merchants see of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from unfold.decorators import display

from catalog.admin.locations.page import LocationAdmin
from integration.admin.shared.read_only import ReadOnlyMixin
from integration.admin.shared.search import ShortSearchAdmin
from integration.admin.shared.shared_edits import SharedEditsAdmin
from integration.admin.shared.tenancy import TenantInline, is_own_staff, signed_in_user
from integration.shared_edits.model_form import SharedModelForm
from orders.models import FollowedOrder, StreamLocation
from orders.staff_pages import labels
from orders.stream_events.mapping import map_location

from .choices import CHOICES_URL, LocationAutocomplete, LocationChoice, choices, found_choices
from .page import local_time, name_of

if TYPE_CHECKING:
    _MappingForm = forms.ModelForm[StreamLocation]
else:
    _MappingForm = forms.ModelForm

_SHOWN_ORDERS = 10
_CHOSEN = "chosen_mapping"  # The request attribute that holds the row to be mapped.


class MappingForm(SharedModelForm, _MappingForm):
    """Chooses a location, also the present one if it is archived."""

    location = LocationChoice(
        queryset=choices(),
        required=False,
        widget=LocationAutocomplete(
            StreamLocation._meta.get_field("location"), admin.site, merchant=None
        ),
        help_text="Search by merchant, name or city. Empty: not mapped.",
    )

    class Meta:
        model = StreamLocation
        fields = ("location",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.location_id is not None and "location" in self.fields:
            field: Any = self.fields["location"]
            present = field.queryset.model.objects.filter(pk=self.instance.location_id)
            field.queryset = field.queryset | present.select_related("merchant")


class MappedFilter(admin.SimpleListFilter):
    """Show the IDs that nobody has mapped, unless asked for others."""

    title = "mapped"
    parameter_name = "mapped"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("yes", "Yes"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": "No"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "all":
            return queryset
        return queryset.filter(location__isnull=self.value() != "yes")


@admin.register(StreamLocation)
class StreamLocationAdmin(SharedEditsAdmin, ShortSearchAdmin):
    """For our own staff only: an ID that is not mapped may be any merchant's."""

    form = MappingForm
    list_display = [
        "stream_id", "newest", "newest_at", "newest_city", "shown_waiting", "mapped_to", "mapped",
    ]  # fmt: skip
    list_select_related = ["location__merchant", "mapped_by"]
    list_filter = [MappedFilter]
    list_per_page = 50
    list_filter_submit = False
    show_full_result_count = False
    search_fields = ["stream_id", "location__name", "location__merchant__name"]
    search_help_text = "ID at Stream, location or merchant"
    ordering = ["-first_seen_at", "pk"]
    actions = None
    change_form_outer_before_template = "admin/orders/streamlocation/waiting.html"
    fieldsets = [(None, {"fields": ["location"]})]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.choices_view)
        return [path("choices/", view, name=CHOICES_URL), *super().get_urls()]

    def choices_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return found_choices(request)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        ids = super().get_queryset(request)
        match = request.resolver_match
        is_list = match is not None and (match.url_name or "").endswith("_changelist")
        return _with_waiting_orders(ids) if is_list else ids

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Leave the mapping to `change_view`: here everything is in one transaction."""
        setattr(request, _CHOSEN, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        page = {} if found is None else {"title": found.stream_id, "page": _page(found)}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **page}
        )
        chosen: StreamLocation | None = getattr(request, _CHOSEN, None)
        if chosen is not None:
            moved = map_location(chosen, chosen.location, signed_in_user(request))
            self.message_user(request, f"Past orders moved: {moved:,}.")
        return response

    @display(description="newest order")
    def newest(self, found: Any) -> str:
        if found.newest_number is None:
            return "–"
        return f"{labels.channel(found.newest_source)} {found.newest_number}"

    @display(description="confirmed", empty_value="–")
    def newest_at(self, found: Any) -> str | None:
        at = found.newest_confirmed_at
        return f"{at:%d %b %Y, %H:%M} UTC" if at is not None else None

    @display(description="customer's city", empty_value="–")
    def newest_city(self, found: Any) -> str | None:
        return found.newest_city_name or None

    @display(description="orders that wait", ordering="waiting")
    def shown_waiting(self, found: Any) -> str:
        return f"{found.waiting:,}"

    @display(description="mapped to", ordering="location__name", empty_value="–")
    def mapped_to(self, found: StreamLocation) -> str | None:
        return f"{found.location.merchant}: {found.location}" if found.location else None

    @display(description="mapped", ordering="mapped_at", empty_value="–")
    def mapped(self, found: StreamLocation) -> str | None:
        return _mapped_by(found) or None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_own_staff(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_own_staff(request) and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_own_staff(request) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StreamIdsInline(ReadOnlyMixin, TenantInline):
    """The IDs at Stream of a location, for those who may change it."""

    model = StreamLocation
    merchant_path = "location__merchant"
    verbose_name = "ID at Stream"
    verbose_name_plural = "IDs at Stream"
    fields: ClassVar[list[str]] = ["stream_id", "first_seen_at"]
    readonly_fields: ClassVar[list[str]] = ["stream_id", "first_seen_at"]
    fk_name = "location"
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_on = bool(settings.STREAM_EVENTS_SECRETS)
        return is_on and signed_in_user(request).has_perm("catalog.change_location")


LocationAdmin.inlines.append(StreamIdsInline)


def _with_waiting_orders(ids: "QuerySet[StreamLocation]") -> "QuerySet[Any]":
    """Add the number of each ID's unassigned orders, and the newest of them.

    All by the partial index followed_unassigned.
    """
    here = FollowedOrder.objects.filter(stream_location_id=OuterRef("stream_id"), location=None)
    newest = here.order_by("-confirmed_at")
    number = here.order_by().values("stream_location_id").annotate(number=Count("*"))
    return ids.annotate(
        waiting=Coalesce(Subquery(number.values("number")), 0),
        newest_source=Subquery(newest.values("source")[:1]),
        newest_number=Subquery(newest.values("dsp_order_number")[:1]),
        newest_confirmed_at=Subquery(newest.values("confirmed_at")[:1]),
        newest_city_name=Subquery(newest.values(city=KT("details__delivery_address__city"))[:1]),
    )


def _page(found: StreamLocation) -> dict[str, Any]:
    """Build the context of an ID's page in two queries."""
    waiting = FollowedOrder.objects.filter(stream_location_id=found.stream_id, location=None)
    newest = list(waiting.order_by("-confirmed_at")[:_SHOWN_ORDERS])
    return {
        "waiting": waiting.count(),
        "orders": [
            {
                "name": name_of(order),
                "link": reverse("admin:orders_followedorder_change", args=[order.pk]),
                "at": local_time(order, order.confirmed_at),
                "city": (order.details.get("delivery_address") or {}).get("city") or "",
                "customer": order.customer_name,
            }
            for order in newest
        ],
        "reference_id": found.reference_id,
        "first_seen": f"{found.first_seen_at:%d %b %Y, %H:%M} UTC",
        "mapped": _mapped_by(found),
    }


def _mapped_by(found: StreamLocation) -> str:
    """Say when it was mapped last and by whom; empty if never."""
    if found.mapped_at is None:
        return ""
    by = found.mapped_by.get_full_name() or str(found.mapped_by) if found.mapped_by else "Stream"
    return f"{found.mapped_at:%d %b %Y, %H:%M} UTC by {by}"
