"""The admin of channel keys: created and shown once, limited to stores, revoked."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from dsp.channel_api import keys
from dsp.models import ChannelKey, Store
from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import (
    TenantForm,
    is_owner_or_own_staff,
    signed_in_user,
)

from .base import ChannelAdmin

_STATES = {"Works": "success", "Never used": "info", "Revoked": ""}


class KeyForm(TenantForm):
    stores = forms.ModelMultipleChoiceField(
        Store.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None: all stores, also those that are added later.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = self.fields.get("stores")
        if isinstance(stores, forms.ModelMultipleChoiceField):
            stores.queryset = Store.objects.filter(merchant=self.merchant, archived_at=None)
        if "name" in self.fields:
            self.fields["name"].help_text = "The front end that will use it, such as “Web shop”."


@admin.register(ChannelKey)
class ChannelKeyAdmin(ButtonsMixin, ChannelAdmin):
    """Nothing of a key is edited: who needs other stores creates another key."""

    form = KeyForm
    list_display = ["name", "shown_state", "beginning", "for_stores", "last_use", "created_at"]
    search_fields = ["name", "beginning"]
    search_help_text = "Name, or the beginning of the key"
    ordering = ["name", "pk"]
    actions = ["revoke"]
    buttons: ClassVar[list[str]] = ["revoke"]
    change_form_outer_before_template = "admin/dsp/channelkey/revoke.html"
    object_fieldsets = [(None, {"fields": ["name", "stores"]})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and is_owner_or_own_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.has_act_permission(request) and is_owner_or_own_staff(request)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).prefetch_related("stores")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        shown = ["name", "shown_state", "beginning", "for_stores", "last_use", "created_at"]
        return [*fieldsets[:-1], (None, {"fields": [*shown, "created_by", "revoked_at"]})]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        # Each key is shown on a page of its own.
        context = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**(extra_context or {}), **context})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        created, obj.secret = keys.create(
            obj.merchant,
            name=obj.name,
            stores=form.cleaned_data["stores"],
            created_by=signed_in_user(request).email,
        )
        obj.__dict__.update(created.__dict__)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key: it is in this answer and nowhere else."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Channel key created",
            "opts": self.opts,
            "key": obj,
            "secret": obj.secret,
        }
        return TemplateResponse(request, "admin/dsp/channelkey/created.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "may_revoke": self.has_revoke_permission(request)}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        working = list(queryset.filter(revoked_at=None))
        for key in working:
            keys.revoke(key)
        self.message_user(request, f"{len(working)} revoked. Front ends that use them are refused.")

    @display(description="state", label=_STATES)
    def shown_state(self, key: ChannelKey) -> str:
        if key.revoked_at is not None:
            return "Revoked"
        return "Works" if key.last_used_at is not None else "Never used"

    @display(description="stores")
    def for_stores(self, key: ChannelKey) -> str | SafeString:
        names = ", ".join(store.name for store in key.stores.all())
        return names or ("None is left" if key.is_limited else "All")

    @display(description="last use", ordering="last_used_at", empty_value="–")
    def last_use(self, key: ChannelKey) -> str | None:
        if key.last_used_at is None:
            return None
        return f"{timesince(key.last_used_at, depth=1)} ago"
