"""The page "Import and export", the page of one import, and the list of imports."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.decorators import display

from catalog.admin.scope.location_limits import is_limited
from catalog.import_jobs import service as import_jobs
from catalog.models import CatalogImport, Location
from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import TenantAdmin, chosen_merchant, signed_in_user
from integration.models import Merchant

from . import errors as import_errors
from . import exports
from . import progress as import_progress
from .form import UploadForm

State = CatalogImport.State
_COLORS = {
    State.DONE.label: "success", State.REFUSED.label: "danger", State.FAILED.label: "danger",
    State.READY.label: "warning", State.CHECKING.label: "info", State.APPLYING.label: "info",
    State.DROPPED.label: "",
}  # fmt: skip
_UNDER_WAY = (
    "Another import for {merchant} is running: wait until it is done, then upload the file again."
)
_NOT_WAITING = "This import is no longer waiting for approval."
_OTHER_PLAN = "The plan has changed since you opened its page: review it again."
_NOT_CONFIRMED = "Nothing was changed: confirm first that what the file lacks ({removed}) may go."
_LAST = 5


@admin.register(CatalogImport)
class CatalogImportAdmin(ButtonsMixin, TenantAdmin):
    """Imports, read-only; visible to owners and managers who see every location."""

    list_display = ["created_at", "file_name", "shown_user", "shown_state", "note"]
    list_display_links = ["created_at", "file_name"]
    list_filter = ["state"]
    list_select_related = ["user"]
    search_fields = ["file_name"]
    actions = None
    buttons = ["apply", "drop"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        imports: QuerySet[Any] = super().get_queryset(request).defer("content")
        return imports

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("transfer/", view(self.transfer_view), name="catalog_catalogimport_transfer"),
            path("export/", view(self.export_view), name="catalog_catalogimport_export"),
            path(
                "<int:import_id>/progress/",
                view(self.progress_view),
                name="catalog_catalogimport_progress",
            ),
            path(
                "<int:import_id>/errors.csv",
                view(self.errors_view),
                name="catalog_catalogimport_errors",
            ),
            *super().get_urls(),
        ]

    def transfer_view(self, request: HttpRequest) -> HttpResponse:
        self._require(request)
        merchant = signed_in_user(request).merchant or chosen_merchant(request)
        if merchant is None:
            return self._choice(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            started = self._start(request, merchant, form)
            if started is not None:
                return HttpResponseRedirect(_page(started))
        page = {
            "title": "Import and export",
            "merchant": merchant,
            "form": form,
            "formats": exports.FORMATS,
            "locations": Location.objects.filter(merchant=merchant, archived_at=None),
            "last": self.get_queryset(request).filter(merchant=merchant)[:_LAST],
        }
        return self._page(request, "transfer.html", page)

    def _start(
        self, request: HttpRequest, merchant: Merchant, form: UploadForm
    ) -> CatalogImport | None:
        uploaded = form.cleaned_data["file"]
        try:
            return import_jobs.start(
                merchant,
                signed_in_user(request),
                file_name=uploaded.name,
                content=uploaded.read(),
                merge=form.is_merge,
            )
        except import_jobs.ImportInProgress:
            form.add_error("file", _UNDER_WAY.format(merchant=merchant))
            return None

    def export_view(self, request: HttpRequest) -> HttpResponse:
        self._require(request)
        merchant = signed_in_user(request).merchant or chosen_merchant(request)
        if merchant is None:
            return self._choice(request)
        return exports.respond(request, merchant)

    def progress_view(self, request: HttpRequest, import_id: int) -> HttpResponse:
        return import_progress.respond(request, self._find(request, import_id))

    def errors_view(self, request: HttpRequest, import_id: int) -> HttpResponse:
        return import_errors.respond(self._find(request, import_id))

    def _find(self, request: HttpRequest, import_id: int) -> CatalogImport:
        self._require(request)
        catalog_import: CatalogImport | None = (
            self.get_queryset(request).filter(pk=import_id).first()
        )
        if catalog_import is None:
            raise Http404
        return catalog_import

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        self._require(request)
        catalog_import = self.get_object(request, object_id)
        if catalog_import is None:
            raise Http404
        page = {
            "title": catalog_import.file_name,
            "asked": catalog_import,
            "color": _COLORS[catalog_import.get_state_display()],
            "sections": import_progress.sections(catalog_import.report),
            "errors": import_errors.table(catalog_import.report),
            "removed": catalog_import.report.get("removed"),
            "progress": import_progress.progress_of(catalog_import),
        }
        return self._page(request, "change_form.html", page)

    def _page(self, request: HttpRequest, name: str, page: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **page}
        return TemplateResponse(request, f"admin/catalog/catalogimport/{name}", context)

    def _choice(self, request: HttpRequest) -> HttpResponse:
        choices = [
            (merchant, f"merchant={merchant.pk}") for merchant in Merchant.objects.order_by("name")
        ]
        page = {
            **self.admin_site.each_context(request),
            "title": "Import and export: which merchant?",
            "lead": "A file contains one merchant's catalog.",
            "choices": choices,
        }
        return TemplateResponse(request, "admin/choose_merchant.html", page)

    @admin.action(description="Apply", permissions=["import"])
    def apply(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for catalog_import in queryset.select_related("merchant"):
            outcome = _approve(catalog_import, request)
            if outcome is not None:
                self.message_user(request, outcome, messages.WARNING)

    @admin.action(description="Discard", permissions=["import"])
    def drop(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for catalog_import in queryset:
            if import_jobs.drop(catalog_import):
                self.message_user(request, "Nothing was changed. The file was discarded.")
            else:
                self.message_user(request, _NOT_WAITING, messages.WARNING)

    @display(description="user", ordering="user")
    def shown_user(self, catalog_import: CatalogImport) -> str:
        return catalog_import.user.get_full_name() if catalog_import.user else "–"

    @display(description="state", ordering="state", label=_COLORS)
    def shown_state(self, catalog_import: CatalogImport) -> str:
        return catalog_import.get_state_display()

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_edit = request.user.has_perm("catalog.change_catalogimport")
        return may_edit and not is_limited(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _approve(catalog_import: CatalogImport, request: HttpRequest) -> str | None:
    """Approve the plan that the person's page showed; return what stands against it."""
    if catalog_import.state != State.READY:
        return _NOT_WAITING
    removed = import_progress.removed_count(catalog_import.report)
    if removed and request.POST.get("removed") != str(removed):
        return _NOT_CONFIRMED.format(removed=f"{removed:,}")
    try:
        approved = import_jobs.approve(catalog_import, request.POST.get("plan", ""))
    except import_jobs.ImportInProgress:
        return f"Another import for {catalog_import.merchant} is running: wait until it is done."
    return None if approved else _OTHER_PLAN


def _page(catalog_import: CatalogImport) -> str:
    return reverse("admin:catalog_catalogimport_change", args=[catalog_import.pk])
