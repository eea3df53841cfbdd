"""Confine users of the admin to their own merchant (design, invariant 4).

A merchant's users see, reference and change only their merchant's objects. Our own staff (without
a merchant) see all objects; they edit on behalf of one merchant: the object's, or the one they
chose before adding. All other admin classes build on TenantInline and TenantAdmin.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DatabaseError, IntegrityError, OperationalError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from integration.db import conflicts
from integration.models import Merchant, User
from integration.readable_texts import ReadableTexts
from integration.shared_edits.formset import SharedFormSet
from integration.shared_edits.model_form import SharedModelForm

from .autocomplete import TenantAutocomplete
from .filters import MerchantFilter
from .search import ShortSearchAdmin
from .shared_edits import SharedEditsAdmin

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm

_HELD = "current_merchant"  # The request attribute that holds the merchant being edited.


def signed_in_user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def is_own_staff(request: HttpRequest) -> bool:
    return signed_in_user(request).merchant_id is None


def is_owner_or_own_staff(request: HttpRequest) -> bool:
    return is_own_staff(request) or signed_in_user(request).is_owner


def current_merchant(request: HttpRequest) -> Merchant | None:
    """Return the merchant whose data is edited; None while our own staff view all merchants'."""
    held: Merchant | None = getattr(request, _HELD, None)
    return signed_in_user(request).merchant or held


def set_current_merchant(request: HttpRequest, merchant: Merchant | None) -> None:
    setattr(request, _HELD, merchant)


def limit_to_merchant(
    request: HttpRequest, queryset: "models.QuerySet[Any]", path: str = "merchant"
) -> "models.QuerySet[Any]":
    """Limit the queryset to the current merchant; without one, our own staff see everything."""
    merchant = current_merchant(request)
    return queryset if merchant is None else queryset.filter(**{path: merchant.pk})


class TenantForm(ReadableTexts, SharedModelForm, _ModelForm):
    """A form that sets the merchant before validation, so that its constraints are checked."""

    merchant: ClassVar[Merchant | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_merchant = any(field.name == "merchant" for field in self.instance._meta.fields)
        if self.instance._state.adding and has_merchant and self.merchant is not None:
            self.instance.merchant = self.merchant
        self._pass_known_names()

    def _pass_known_names(self) -> None:
        """Pass the names of the objects loaded with the row to the autocomplete widgets."""
        loaded = self.instance._state.fields_cache
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, TenantAutocomplete) and loaded.get(name) is not None:
                widget.known = {str(loaded[name].pk): str(loaded[name])}

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # private
        return excluded - {"merchant", "archived_at"}


class TenantFormSet(SharedFormSet, PaginationInlineFormSet):
    """A formset that answers counters which do not match its rows with 400 instead of failing."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        try:
            form = super()._construct_form(i, **kwargs)
        except IndexError as error:
            raise BadRequest("The form is incomplete: reload the page.") from error
        self.fk.set_cached_value(form.instance, self.instance)  # Avoids another query.
        return form


class Tenancy:
    """The common base of object admins and inlines."""

    merchant_path: str = "merchant"  # The lookup from the model to its merchant.
    admin_site: Any
    get_autocomplete_fields: Callable[..., Any]

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        queryset: models.QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]  # A mixin.
        merchant_id = signed_in_user(request).merchant_id
        return (
            queryset
            if merchant_id is None
            else queryset.filter(**{self.merchant_path: merchant_id})
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer and accept only objects that the related model's list would show."""
        model = db_field.remote_field.model
        if "queryset" not in kwargs:
            choices = self.admin_site.get_model_admin(model).get_queryset(request)
            path = "pk" if model is Merchant else "merchant"
            kwargs["queryset"] = limit_to_merchant(request, choices, path)
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = TenantAutocomplete(
                db_field, self.admin_site, merchant=current_merchant(request)
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # A mixin.


class TenantInline(Tenancy, TabularInline):
    """Inline rows, which belong to the merchant of their object."""

    form = TenantForm
    formset = TenantFormSet
    extra = 0
    tab = True
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        autocompleted = self.get_autocomplete_fields(request)
        return super().get_queryset(request).select_related(*autocompleted)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.merchant = current_merchant(request)
        return formset


class TenantAdmin(Tenancy, SharedEditsAdmin, ShortSearchAdmin):
    """The admin of a merchant's objects; subclasses declare fieldsets without the merchant."""

    form = TenantForm
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = False
    warn_unsaved_form = True
    object_fieldsets: Any = ()

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        shown = list(self.list_display)
        if is_own_staff(request):
            shown.insert(1, "merchant")
        return shown

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*([MerchantFilter] if is_own_staff(request) else []), *self.list_filter]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        declared = self.list_select_related
        return ["merchant", *(declared if isinstance(declared, list | tuple) else ())]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        merchant_fieldset = [(None, {"fields": ["merchant"]})] if is_own_staff(request) else []
        return [*merchant_fieldset, *self.object_fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "merchant"]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allow only lookups of this list's filters, so that other columns cannot be probed."""
        declared = self.get_list_filter(request) if request else self.list_filter
        names = {entry[0] if isinstance(entry, tuple) else entry for entry in declared}
        parameters = {getattr(entry, "parameter_name", "") for entry in declared}
        return lookup in parameters or lookup.split("__")[0] in names

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> tuple["models.QuerySet[Any]", bool]:
        if is_autocomplete(request):
            queryset = self.get_choices(request, queryset)
        results: tuple[models.QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return results

    def get_choices(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]"
    ) -> "models.QuerySet[Any]":
        """Return the choices for a form; our own staff's forms name the merchant."""
        merchant = request.GET.get("merchant", "")
        return queryset.filter(merchant_id=merchant) if merchant.isdecimal() else queryset

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        set_current_merchant(request, obj.merchant if obj else chosen_merchant(request))
        form = super().get_form(request, obj, change=change, **kwargs)
        form.merchant = current_merchant(request)
        return form

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        columns = list(self.list_editable)
        return super().get_changelist_form(request, form=TenantForm, fields=columns, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if is_own_staff(request) and chosen_merchant(request) is None:
            return self._choose_merchant(request)
        response: HttpResponse = super().add_view(request, form_url, extra_context)
        return response

    def _choose_merchant(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        parameters = [(key, value) for key, value in request.GET.items() if key != "merchant"]
        choices = [
            (merchant, urlencode([*parameters, ("merchant", merchant.pk)]))
            for merchant in Merchant.objects.order_by("name")
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Add {self.opts.verbose_name}: for which merchant?",
            "choices": choices,
        }
        return TemplateResponse(request, "admin/choose_merchant.html", context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (IntegrityError, OperationalError) as error:
            return self._answer_collision(request, error)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        try:
            return super().changelist_view(request, extra_context)
        except (IntegrityError, OperationalError) as error:
            return self._answer_collision(request, error)

    def _answer_collision(self, request: HttpRequest, error: DatabaseError) -> HttpResponse:
        sentence = conflicts.message_for(error)
        if sentence is None or request.method != "POST":
            raise error
        self.message_user(request, sentence, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def response_action(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]"
    ) -> HttpResponse | None:
        key = self.opts.pk
        for selected in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                key.to_python(selected)
            except (forms.ValidationError, ValueError) as error:
                raise BadRequest("The selection is invalid.") from error
        response: HttpResponse | None = super().response_action(request, queryset)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def chosen_merchant(request: HttpRequest) -> Merchant | None:
    """Return the merchant our own staff add objects for, from the query string or the form."""
    if not is_own_staff(request):
        return None
    key = request.GET.get("merchant") or request.POST.get("merchant") or ""
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return None
    return Merchant.objects.filter(pk=key).first()


def is_autocomplete(request: HttpRequest) -> bool:
    return bool(request.resolver_match and request.resolver_match.url_name == "autocomplete")
