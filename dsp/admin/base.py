"""The base of the channel's admin pages: hidden while the role is off."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from dsp.models import Store
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import TenantAdmin, signed_in_user


class ChannelAdmin(TenantAdmin):
    """An admin of the channel's objects."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_change_permission(request, obj)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Check the permission of the buttons on pages whose fields nobody edits."""
        changes = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return self.has_view_permission(request) and signed_in_user(request).has_perm(changes)


class StoreFilter(OwnValuesFilter):
    """Filter by one of the merchant's stores, named by the store's ID."""

    title = "store"
    parameter_name = "store"
    path = "store__provider_id"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        own = signed_in_user(request).merchant_id
        key = str(own) if own is not None else request.GET.get("merchant", "")
        is_key = key.isascii() and key.isdecimal() and len(key) < 19
        stores = Store.objects.filter(merchant_id=key if is_key else 0)
        return list(stores.values_list("provider_id", "name"))


def local_time(store: Store, at: datetime | None, *, seconds: bool = False) -> str:
    """Format an instant in the store's time zone; empty for None."""
    if at is None:
        return ""
    there = at.astimezone(ZoneInfo(store.timezone))
    return f"{there:%d %b %Y, %H:%M:%S}" if seconds else f"{there:%d %b %Y, %H:%M}"
