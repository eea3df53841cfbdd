"""Admin pages that several people may have open at once: see integration.shared_edits."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from integration.shared_edits.formset import SharedListFormSet
from integration.shared_edits.model_form import RowMoved
from integration.shared_edits.partial_save import save_only

_TRIES = 3
_MOST_NAMED = 10


class SharedEditsAdmin(ModelAdmin):
    """Save what the person changed, and say what somebody else changed meanwhile."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        view = super().changeform_view
        return _repeated(lambda: view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        view = super().changelist_view
        if request.method != "POST" or "_save" not in request.POST:
            response: HttpResponse = view(request, extra_context)
            return response
        # Django begins the transaction after it has compared.
        saved: HttpResponse = _repeated(transaction.atomic(lambda: view(request, extra_context)))
        return saved

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_formset(request, formset=SharedListFormSet, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if change:
            save_only(obj, self.fields_to_save(obj, form))
        else:
            super().save_model(request, obj, form, change)

    def fields_to_save(self, obj: Any, form: Any) -> set[str]:
        """Return the names of the fields to save of an existing object."""
        changed: set[str] = form.fields_to_save()
        return changed

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        kept = [*form.kept_sentences(), *_kept_in(formsets)]
        if kept:
            more = f"; and {len(kept) - _MOST_NAMED} more" if len(kept) > _MOST_NAMED else ""
            sentence = (
                f"Changed by somebody else meanwhile, and kept: {'; '.join(kept[:_MOST_NAMED])}"
            )
            self.message_user(request, f"{sentence}{more}.", messages.WARNING)


def _kept_in(formsets: Iterable[Any]) -> Iterable[str]:
    for formset in formsets:
        for form in formset.initial_forms:
            if form.is_gone:
                yield f"a row of {formset.model._meta.verbose_name_plural} was removed"
            elif form not in formset.deleted_forms:
                for sentence in form.kept_sentences():
                    yield f"{form.instance}, {sentence}"


def _repeated(view: Callable[[], Any]) -> Any:
    """Call the view again, with what is stored by then, if a row changed under its hands."""
    for left in reversed(range(_TRIES)):
        try:
            return view()
        except RowMoved:
            if not left:
                raise
    raise AssertionError
