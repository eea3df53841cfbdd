"""The admin site: sign-in, input checks and content security policy.

It is outside the package `admin`, whose modules register with the site on import.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import BadRequest
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

# Unfold's Alpine evaluates expressions and sets styles. Scripts still load from this origin only;
# inline scripts do not run.
_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}


class StreamAdminSite(UnfoldAdminSite):
    """Our admin site, which shares sign-in and sign-out with the other pages."""

    index_title = "Start"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = csp_update(_POLICY)(super().admin_view(view, cacheable))

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if any("\0" in value for _, values in request.GET.lists() for value in values):
                raise BadRequest("No text may hold a zero byte.")
            try:
                return inner(request, *args, **kwargs)
            except OverflowError as error:  # A number too large for a key of SQLite.
                raise BadRequest("A number is too large.") from error

        return update_wrapper(checked, inner)

    def get_urls(self) -> list[Any]:
        # "View on site" would reveal whether an object of another merchant exists.
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseRedirect:
        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(index)
        return redirect_to_login(request.GET.get("next") or index)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        view = LogoutView.as_view(
            next_page=str(settings.LOGIN_URL), http_method_names=["post", "options"]
        )
        response: HttpResponse = view(request)
        return response

    def search(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        try:
            response: HttpResponse = super().search(request, extra_context)
        except (ValueError, InvalidPage) as error:
            raise Http404 from error
        return response
