"""The menus that Stream published: their verdicts, what was left out, and the way back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import Truncator
from unfold.decorators import display

from dsp.menu_intake import announcing
from dsp.models import MenuContent, ReceivedMenu, Store
from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.read_only import ReadOnlyMixin
from integration.admin.shared.tenancy import TenantAdmin, is_own_staff, signed_in_user
from integration.bounded.process import OutOfBounds
from integration.bounded.turns import Busy
from integration.db import database_time

from . import menu_preview
from .base import StoreFilter

Verdict = ReceivedMenu.Verdict
_COLORS = {
    Verdict.WAITING.label: "info", Verdict.LIVE.label: "success", Verdict.REPLACED.label: "",
    Verdict.SUPERSEDED.label: "", Verdict.REFUSED.label: "danger",
    Verdict.UNREACHABLE.label: "danger",
}  # fmt: skip
_BUSY = "Another large menu is being shown. Try again in a moment."
_SHORT = 70  # Of the list, whose rows hold two lines on a phone.
_SINGULAR = {
    "menus": "menu", "families": "family", "variations": "variation", "modifiers": "modifier",
}  # fmt: skip
_LARGE = ("left_out", "changes", "sealed_address")


class StoreMerchantFilter(admin.SimpleListFilter):
    """Filter by the store's merchant, for our own staff only."""

    title = "merchant"
    parameter_name = "merchant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        if not is_own_staff(request):
            return []
        merchants = Store.objects.order_by("merchant__name")
        return list(merchants.values_list("merchant", "merchant__name").distinct())

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() not in {str(key) for key, _ in self.lookup_choices}:
            return queryset
        return queryset.filter(store__merchant=self.value())


@admin.register(ReceivedMenu)
class ReceivedMenuAdmin(ReadOnlyMixin, ButtonsMixin, TenantAdmin):
    """Received menus, read-only; a kept one can be made live again."""

    merchant_path = "store__merchant"
    list_display = ["store", "shown_verdict", "number", "shown_received", "result"]
    list_filter = ["verdict", StoreFilter]
    ordering = ["-pk"]
    actions = None
    buttons = ["make_live"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_view_permission(request, obj)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        may_change = signed_in_user(request).has_perm("dsp.change_receivedmenu")
        return self.has_view_permission(request) and may_change

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        menus = super().get_queryset(request).select_related("store__merchant")
        match = request.resolver_match
        is_list = match is not None and (match.url_name or "").endswith("_changelist")
        return menus.defer(*_LARGE) if is_list else menus

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        shown = list(self.list_display)
        return [*shown[:1], "merchant", *shown[1:]] if is_own_staff(request) else shown

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*([StoreMerchantFilter] if is_own_staff(request) else []), *self.list_filter]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        return ["store__merchant"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:menu_id>/file/", view(self.file_view), name="dsp_receivedmenu_file"),
            path("<int:menu_id>/guest/", view(self.guest_view), name="dsp_receivedmenu_guest"),
            *super().get_urls(),
        ]

    @display(description="merchant")
    def merchant(self, menu: ReceivedMenu) -> str:
        return str(menu.store.merchant)

    @display(description="verdict", ordering="verdict", label=_COLORS)
    def shown_verdict(self, menu: ReceivedMenu) -> str:
        return menu.get_verdict_display()

    @display(description="received", ordering="pk")
    def shown_received(self, menu: ReceivedMenu) -> str:
        return f"{_in_zone(menu, menu.received_at):%-d %b %Y, %H:%M}"

    @display(description="result")
    def result(self, menu: ReceivedMenu) -> str:
        return Truncator(_in_words(menu)).chars(_SHORT)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        menu = self._menu(request, int(object_id) if object_id.isdecimal() else 0)
        kept = set(MenuContent.objects.filter(menu=menu).values_list("pk", flat=True))
        page = {
            "title": f"Menu of {menu.store}",
            "menu": menu,
            "label": menu.get_verdict_display(),
            "color": _COLORS[menu.get_verdict_display()],
            "words": _in_words(menu),
            "facts": _facts(menu),
            "more_left_out": menu.left_out_count - len(menu.left_out),
            "is_kept": menu.pk in kept and menu.number is not None,
            "back_to": self._back_to(menu) if self.has_restore_permission(request) else None,
        }
        return self._page(request, "change_form.html", page)

    def file_view(self, request: HttpRequest, menu_id: int) -> HttpResponse:
        """Return the published file as it is stored; browsers unpack it."""
        menu = self._menu(request, menu_id)
        stored = MenuContent.objects.filter(menu=menu).values_list("file", flat=True).first()
        if not stored:
            raise Http404
        name = f"menu-{menu.store.provider_id}-{menu.number or 'waiting'}.json"
        headers = {
            "Content-Encoding": "gzip",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        return HttpResponse(bytes(stored), content_type="application/json", headers=headers)

    def guest_view(self, request: HttpRequest, menu_id: int) -> HttpResponse:
        menu = self._menu(request, menu_id)
        try:
            shown = menu_preview.page_of(menu, request.GET.get("page", ""))
        except (Busy, OutOfBounds):
            self.message_user(request, _BUSY, messages.WARNING)
            return HttpResponseRedirect(reverse("admin:dsp_receivedmenu_change", args=[menu.pk]))
        if shown is None:
            raise Http404
        title = f"Menu {menu.number} of {menu.store}, as a guest sees it"
        return self._page(request, "guest.html", {"title": title, "menu": menu, "shown": shown})

    @admin.action(description="Make live again", permissions=["restore"])
    def make_live(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        user = signed_in_user(request)
        for kept in queryset.filter(verdict=Verdict.REPLACED):
            by = user.get_full_name() or user.email
            note = f"Made live again by {by}: it is version {kept.number}."
            announcing.announce_again(kept, note)
            LogEntry.objects.log_actions(user.pk, [kept], CHANGE, "Made live again.")
            message = (
                f"Version {kept.number} goes live again in a moment, as a new version. Stream's"
                " next publish replaces it."
            )
            self.message_user(request, message)
            return
        self.message_user(request, "This version cannot be made live.", messages.WARNING)

    def _menu(self, request: HttpRequest, menu_id: int) -> ReceivedMenu:
        if not self.has_view_permission(request):
            raise PermissionDenied
        menu: ReceivedMenu | None = self.get_queryset(request).filter(pk=menu_id).first()
        if menu is None:
            raise Http404
        return menu

    def _back_to(self, menu: ReceivedMenu) -> ReceivedMenu | None:
        """Return the version that the page's button makes live: this one, or the one before."""
        if menu.verdict == Verdict.REPLACED:
            return menu
        if menu.verdict != Verdict.LIVE:
            return None
        before = ReceivedMenu.objects.filter(store=menu.store_id, verdict=Verdict.REPLACED)
        return before.filter(number__lt=menu.number).order_by("-number").first()

    def _page(self, request: HttpRequest, name: str, page: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **page}
        return TemplateResponse(request, f"admin/dsp/receivedmenu/{name}", context)


def _in_words(menu: ReceivedMenu) -> str:
    if menu.verdict == Verdict.WAITING:
        if menu.leased_until is not None and menu.leased_until > database_time.now():
            return "It is being fetched and read."
        if menu.reason:
            at = f"{_in_zone(menu, menu.due_at):%H:%M:%S}"
            return f"Try {menu.attempt_count} failed, the next is at {at}. {menu.reason}"
        return "It waits for a worker."
    if menu.verdict in (Verdict.LIVE, Verdict.REPLACED):
        # In our order: PostgreSQL does not keep that of the keys.
        counts = ", ".join(_counted(menu.counts[name], name) for name in _SINGULAR)
        left_out = f"; {menu.left_out_count:,} left out" if menu.left_out_count else ""
        return f"{counts}{left_out}."
    return menu.reason


def _facts(menu: ReceivedMenu) -> list[tuple[str, str]]:
    facts = [
        ("Store", str(menu.store)),
        ("Received", _clock(menu, menu.received_at)),
        ("Went live", _clock(menu, menu.live_at) if menu.live_at else ""),
        ("Version", str(menu.number or "")),
        ("Format", f"v{menu.version}" if menu.version else ""),
        ("Currency", menu.currency.upper()),
        ("Preparation time", f"{menu.prep_time_minutes} min" if menu.version else ""),
        ("From", menu.shown_address),
        ("Tries", str(menu.attempt_count or "")),
    ]
    return [(label, value) for label, value in facts if value]


def _counted(count: int, name: str) -> str:
    return f"{count:,} {_SINGULAR[name] if count == 1 else name}"


def _clock(menu: ReceivedMenu, instant: datetime) -> str:
    return f"{_in_zone(menu, instant):%-d %b %Y, %H:%M:%S} ({menu.store.timezone})"


def _in_zone(menu: ReceivedMenu, instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(menu.store.timezone))
