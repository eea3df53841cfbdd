"""The history of one object, and of all objects."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Item, ItemFamily, ObjectChange
from catalog.validation.report import MODELS
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import TenantAdmin, signed_in_user
from integration.models import User

from . import display as history_display

_PER_PAGE = 50


def visible(request: HttpRequest, rows: "QuerySet[ObjectChange]") -> "QuerySet[ObjectChange]":
    """Limit the changes to those that hold everywhere or at the user's locations."""
    limit = limit_of(request)
    if limit is None:
        return rows
    return rows.filter(Q(location_id=None) | Q(location_id__in=limit))


def changes_of(obj: Any) -> "QuerySet[ObjectChange]":
    """Return the changes of the object, its rows, links to it, and a family's sizes."""
    kind = getattr(obj, "kind", "location")
    about = Q(kind=kind, object_id=obj.pk) | Q(target_kind=kind, target_id=obj.pk)
    if isinstance(obj, ItemFamily):
        sizes = Item.objects.filter(family=obj).values("pk")
        about |= Q(kind=Item.kind, object_id__in=sizes)
    return ObjectChange.objects.filter(about, merchant=obj.merchant_id)


class HistoryMixin(ModelAdmin):
    """Replace the history behind Django's button on an object's page with our own."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        rows = visible(request, changes_of(obj)).select_related("merchant")
        page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"History of {obj}",
            "object": obj,
            "original": obj,
            "page": page,
            "changes": [_shown(request, obj, change) for change in page],
        }
        return TemplateResponse(request, "admin/catalog/history.html", context)


def _shown(request: HttpRequest, obj: Any, change: ObjectChange) -> dict[str, Any]:
    zone = history_display.zone_of(request, change)
    is_own = change.object_id == obj.pk and change.kind == getattr(obj, "kind", "location")
    return {
        "when": history_display.instant(change.at, zone),
        "who": history_display.person_of(change),
        "elsewhere": None if is_own else f"{MODELS[change.kind]._meta.verbose_name} {change.name}",
        "what": history_display.render_change(change, zone),
    }


def _page_path(change: ObjectChange, page: str) -> str:
    """Return the address of a page of the changed object."""
    name = MODELS[change.kind]._meta.model_name
    return reverse(f"admin:catalog_{name}_{page}", args=[change.object_id])


class PersonFilter(OwnValuesFilter):
    title = "person"
    parameter_name = "person"
    path = "person"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        merchant_id = signed_in_user(request).merchant_id
        merchant = str(merchant_id) if merchant_id is not None else request.GET.get("merchant", "")
        if not merchant.isdecimal():
            return []
        known = ObjectChange.objects.filter(merchant=int(merchant)).order_by().values("person")
        people = User.objects.filter(pk__in=known).order_by("full_name", "email")
        return [(user.pk, user.get_full_name()) for user in people]


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, str(model._meta.verbose_name)) for kind, model in MODELS.items()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(kind=self.value()) if self.value() in MODELS else queryset


@admin.register(ObjectChange)
class ObjectChangeAdmin(TenantAdmin):
    """The read-only list of all changes."""

    list_display = ["when", "who", "about", "what"]
    list_filter = [PersonFilter, KindFilter]
    search_fields = ["name", "row", "person_name"]
    search_help_text = "Name of the object or of the person"
    date_hierarchy = "at"
    list_select_related = ["merchant"]
    ordering = ["-at", "-pk"]
    actions: list[Any] = []

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return visible(request, super().get_queryset(request))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        days = {f"at__{part}" for part in ("year", "month", "day")}
        return lookup in days or super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give each row its time zone, as its columns cannot see the request."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        for change in changelist.result_list:
            change.zone = history_display.zone_of(request, change)
        return changelist

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Redirect to the object's history, which shows the change in context."""
        change = self.get_object(request, unquote(object_id))
        if change is None:
            raise Http404
        return HttpResponseRedirect(_page_path(change, "history"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="when", ordering="at")
    def when(self, change: Any) -> str:
        return history_display.instant(change.at, change.zone)

    @display(description="who")
    def who(self, change: ObjectChange) -> str:
        return history_display.person_of(change)

    @display(description="object", ordering="name")
    def about(self, change: ObjectChange) -> Any:
        kind = MODELS[change.kind]._meta.verbose_name
        url = _page_path(change, "change")
        return format_html(
            '<a class="text-link" href="{}">{}</a> <span class="sp-tag">{}</span>',
            url, change.name, kind,
        )  # fmt: skip

    @display(description="what")
    def what(self, change: Any) -> Any:
        return history_display.render_change(change, change.zone)
