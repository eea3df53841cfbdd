"""Access to the staff pages: sign-in, permission, and the locations and orders a user sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache

from catalog.locations.access import visible_locations
from catalog.models import Location
from integration.models import User
from orders.models import Order

from .language import language_of


@dataclass(frozen=True)
class Scope:
    """The locations on one user's screen."""

    user: User
    choices: Sequence[Location]
    chosen: Location | None

    @property
    def locations(self) -> Sequence[Location]:
        """The locations whose orders are shown: the chosen one, or else every choice."""
        return [self.chosen] if self.chosen else self.choices

    @property
    def query(self) -> str:
        """The query string of a board address with the same scope."""
        return f"?{urlencode({'location': self.chosen.provider_id})}" if self.chosen else ""

    def may(self, permission: str) -> bool:
        return self.user.has_perm(permission)


def scope_of(request: HttpRequest, user: User) -> Scope:
    """Return the scope a request asks for, in one query.

    Our own staff, who see every merchant's locations, must choose one. Raises Http404 for a
    location the user may not see.
    """
    provider_id = request.GET.get("location") or request.POST.get("location") or ""
    live = visible_locations(user).filter(archived_at=None)
    if user.merchant_id is None:
        matching = live.filter(provider_id=without_nul(provider_id))
        chosen = matching.first() if provider_id else None
        choices: Sequence[Location] = [chosen] if chosen else []
    else:
        choices = list(live)
        chosen = next((place for place in choices if place.provider_id == provider_id), None)
    if provider_id and chosen is None:
        raise Http404("You have no such location.")
    return Scope(user, choices, chosen)


def without_nul(text: str) -> str:
    """Replace NUL, which no ID of ours holds and PostgreSQL refuses in a text."""
    return text.replace("\0", "\ufffd")


def next_page(request: HttpRequest) -> str:
    """Return the page to go to next, as `next` in the form or address; empty unless ours."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if is_ours else ""


@method_decorator(never_cache, name="dispatch")
class StaffView(AccessMixin, View):
    """A page for signed-in users with the permission, in their language.

    What the user may not see is a 404.
    """

    permission = "orders.view_order"
    order_relations: ClassVar[Sequence[str]] = ("location",)  # Read together with an order.

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return self.ask_to_sign_in()
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        with translation.override(language_of(request)):
            return self.respond(request, *args, **kwargs)

    def ask_to_sign_in(self) -> HttpResponse:
        return self.handle_no_permission()

    def respond(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Call the method's handler: the user is allowed in, and the language is active."""
        return super().dispatch(request, *args, **kwargs)

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def order(self, order_id: UUID) -> Order:
        """Return an order the user may see, also of an archived location. Raises Http404."""
        orders = Order.objects.select_related(*self.order_relations)
        orders = orders.filter(location__in=visible_locations(self.person), pk=order_id)
        order = orders.first()
        if order is None:
            raise Http404("You have no such order.")
        return order


class BoardView(StaffView):
    """A page of the board, or a fragment of it for the board's own script."""

    def ask_to_sign_in(self) -> HttpResponse:
        return HttpResponse(status=401) if self.is_live else super().ask_to_sign_in()

    @property
    def is_live(self) -> bool:
        """True for requests of the board's script, which needs a fragment and no redirect."""
        return self.request.headers.get("HX-Request") == "true"
