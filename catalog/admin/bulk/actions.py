"""List actions that ask for details on a page of their own.

A StagedEdit keeps the selection meanwhile, so that even a large menu can be selected as a whole.
"""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from catalog.menu import bulk_edits, references
from catalog.models import StagedEdit
from integration.admin.shared.tenancy import set_current_merchant, signed_in_user

from . import archiving as bulk_archiving
from . import moves as bulk_moves
from . import prices as bulk_prices

_ARCHIVE = "archive"  # A page of every list.
_PAGES = {
    "off": "has_switch_permission",
    "category": "has_change_permission",
    "prices": "has_change_permission",
    _ARCHIVE: "has_change_permission",
}
_VIEWS: dict[str, Callable[[HttpRequest, StagedEdit], bulk_moves.Outcome]] = {
    "off": bulk_moves.switch_off,
    "category": bulk_moves.move,
    "prices": bulk_prices.reprice,
}


class BulkActionsMixin(ModelAdmin):
    """Bulk actions for the admin of menu objects; `bulk_pages` names the pages its list offers."""

    bulk_pages: ClassVar[tuple[str, ...]] = ()

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_bulk"
        view = self.admin_site.admin_view(self.bulk_view)
        return [path("bulk/<uuid:staged_id>/<slug:page>/", view, name=name), *super().get_urls()]

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Allow every role, like the board's switch, at the locations they may see."""
        return signed_in_user(request).has_perm("catalog.switch_availability")

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        hidden = {_ACTIONS[page] for page in _ACTIONS if page not in self.bulk_pages}
        return {name: action for name, action in actions.items() if name not in hidden}

    @admin.action(description="Switch off at a location for the day …", permissions=["switch"])
    def off_for_the_day(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        return self._stage(request, queryset, "off")

    @admin.action(description="Move to a category …", permissions=["change"])
    def move_to_category(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        return self._stage(request, queryset, "category")

    @admin.action(description="Change prices by a percentage …", permissions=["change"])
    def change_prices(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        return self._stage(request, queryset, "prices")

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        """Archive at once what no other object names; otherwise say first which do."""
        live = queryset.filter(archived_at=None)
        if references.references_to(self.model.kind, list(live.values_list("pk", flat=True))):
            return self._stage(request, queryset, _ARCHIVE)
        count = bulk_archiving.change_all(request, live, "Archived.", archived_at=timezone.now())
        self.message_user(request, bulk_archiving.archived_sentence(count))
        return None

    def _stage(self, request: HttpRequest, queryset: "QuerySet[Any]", page: str) -> Any:
        live = queryset.filter(archived_at=None).order_by("pk")
        rows = list(live.values_list("pk", "merchant_id"))
        merchants = {merchant for _, merchant in rows}
        if len(merchants) != 1:
            sentence = (
                "Select objects of one merchant only."
                if merchants
                else "Archived objects cannot be changed."
            )
            self.message_user(request, sentence, messages.WARNING)
            return None
        staged = bulk_edits.stage(
            person_id=signed_in_user(request).pk,
            merchant_id=merchants.pop(),
            kind=self.model.kind,
            keys=[key for key, _ in rows],
        )
        return HttpResponseRedirect(self._page_url(staged, page))

    def _page_url(self, staged: StagedEdit, page: str) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_bulk"
        return reverse(name, args=[staged.pk, page])

    def bulk_view(self, request: HttpRequest, staged_id: UUID, page: str) -> HttpResponse:
        if page not in (*self.bulk_pages, _ARCHIVE):
            raise Http404
        if not getattr(self, _PAGES[page])(request):
            raise PermissionDenied
        staged = self._staged(request, staged_id)
        if staged is None:
            self.message_user(
                request,
                "This action was already done or has expired. Select the objects again.",
                messages.WARNING,
            )
            return self._to_list()
        set_current_merchant(request, staged.merchant)
        try:
            if page == _ARCHIVE:
                outcome = bulk_archiving.archive(request, staged, self.model)
            else:
                outcome = _VIEWS[page](request, staged)
        except (IntegrityError, StagedEdit.DoesNotExist):
            sentence = "Nothing was changed: somebody else just changed the same. Try again."
            outcome = bulk_moves.Done(sentence, messages.ERROR)
        if isinstance(outcome, bulk_moves.Done):
            self.message_user(request, outcome.sentence, outcome.level)
            return self._to_list() if outcome.is_over else HttpResponseRedirect(request.path)
        return self._respond(request, staged, outcome)

    def _staged(self, request: HttpRequest, staged_id: UUID) -> StagedEdit | None:
        """Find the user's own staged edit, in the list in which it was selected."""
        edits = StagedEdit.objects.filter(person=signed_in_user(request), kind=self.model.kind)
        merchant_id = signed_in_user(request).merchant_id
        if merchant_id is not None:
            edits = edits.filter(merchant=merchant_id)
        return edits.select_related("merchant").filter(pk=staged_id).first()

    def _to_list(self) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(reverse(name))

    def _respond(
        self, request: HttpRequest, staged: StagedEdit, question: bulk_moves.Question
    ) -> HttpResponse:
        count = len(staged.keys)
        noun = self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "chosen": f"{count:,} {noun}",
            **question.context,
        }
        return TemplateResponse(request, question.template, context)


_ACTIONS = {"off": "off_for_the_day", "category": "move_to_category", "prices": "change_prices"}
