"""Buttons on an object's page, sent as forms: POST with CSRF."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from unfold.admin import ModelAdmin


class ButtonsMixin(ModelAdmin):
    """Offer list actions for a single object on its page.

    Each of `buttons` names a method that takes the request and a queryset and reports its result
    to the user.
    """

    buttons: ClassVar[Sequence[str]] = ()

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_press"
        press = path(
            "<path:object_id>/press/<slug:button>/",
            self.admin_site.admin_view(self.press_view),
            name=name,
        )
        return [press, *super().get_urls()]

    def may_press(self, request: HttpRequest, button: str) -> bool:
        """Check the permissions of the action; an action without any is allowed to nobody."""
        needed = getattr(getattr(self, button), "allowed_permissions", ())
        return bool(needed) and all(
            getattr(self, f"has_{permission}_permission")(request) for permission in needed
        )

    def press_view(self, request: HttpRequest, object_id: str, button: str) -> HttpResponseBase:
        if button not in self.buttons:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_press(request, button):
            raise PermissionDenied
        target = self.get_object(request, unquote(object_id))
        if target is None:  # Another merchant's, or removed.
            raise Http404
        getattr(self, button)(request, self.get_queryset(request).filter(pk=target.pk))
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(page, args=[object_id]))
