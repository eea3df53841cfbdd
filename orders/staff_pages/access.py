"""Who may look at which locations' boards, and what every page of the board begins with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache

from catalog.models import Location, LocationAccess
from integration.models import User
from orders.models import Order

from .language import language_of


@dataclass(frozen=True)
class Scope:
    """What one person looks at."""

    user: User
    choices: Sequence[Location]
    chosen: Location | None

    @property
    def locations(self) -> Sequence[Location]:
        """Those whose orders are shown: the chosen one, or all that there are to choose."""
        return [self.chosen] if self.chosen else self.choices

    @property
    def query(self) -> str:
        """For an address of the board that shows the same."""
        return f"?{urlencode({'location': self.chosen.provider_id})}" if self.chosen else ""

    def may(self, permission: str) -> bool:
        return self.user.has_perm(permission)


def locations_of(user: User) -> "QuerySet[Location]":
    """Those at which the person works; our own staff work at all of them."""
    locations = Location.objects.all()
    if user.merchant_id is None:
        return locations
    locations = locations.filter(merchant=user.merchant_id)
    limits = list(LocationAccess.objects.filter(user=user).values_list("location_id", flat=True))
    return locations.filter(pk__in=limits) if limits else locations


def scope_of(request: HttpRequest, user: User) -> Scope:
    """What the address asks for, in two queries. Raises Http404 for a location of others.

    Our own staff, who see every merchant's, must choose one.
    """
    said = request.GET.get("location") or request.POST.get("location") or ""
    live = locations_of(user).filter(archived_at=None)
    if user.merchant_id is None:
        chosen = live.filter(provider_id=searchable(said)).first() if said else None
        choices: Sequence[Location] = [chosen] if chosen else []
    else:
        choices = list(live)
        chosen = next((one for one in choices if one.provider_id == said), None)
    if said and chosen is None:
        raise Http404("You have no such location.")
    return Scope(user, choices, chosen)


def searchable(text: str) -> str:
    """No id of ours holds NUL, and PostgreSQL takes no text that does."""
    return text.replace("\0", "\ufffd")


def next_page(request: HttpRequest) -> str:
    """The page to go on to, as the form or the address names it; empty unless it is ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours else ""


@method_decorator(never_cache, name="dispatch")
class BoardView(AccessMixin, View):
    """Asks to sign in, for the permission, and speaks the person's language."""

    permission = "orders.view_order"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return HttpResponse(status=401) if self.is_live else self.handle_no_permission()
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        with translation.override(language_of(request)):
            return super().dispatch(request, *args, **kwargs)

    @property
    def is_live(self) -> bool:
        """Whether the board's own script asks, which wants a piece of the page and no redirect."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def order(self, order_id: UUID) -> Order:
        """Raises Http404 when it is none of the person's."""
        mine = locations_of(self.person)
        order = Order.objects.select_related("location").filter(location__in=mine, pk=order_id)
        found = order.first()
        if found is None:
            raise Http404("You have no such order.")
        return found
