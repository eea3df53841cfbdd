"""Who may enter orders, and where: at the locations that they see."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from catalog.models import Location, LocationAccess
from integration.db.conflicts import sentence_for
from integration.models import User
from orders.models import Order

from .language import LANGUAGES, language_of

PLACE, DECIDE = "orders.place_order", "orders.decide_order"


def person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def locations_of(user: User) -> "QuerySet[Location]":
    """Those the person works at; our own staff work at all of them."""
    locations = Location.objects.filter(archived_at=None).select_related("merchant")
    if user.merchant_id is None:
        return locations
    locations = locations.filter(merchant=user.merchant_id)
    limits = LocationAccess.objects.filter(user=user).values("location_id")
    return locations.filter(pk__in=limits) if limits.exists() else locations


def collision(error: DatabaseError) -> str | None:
    """What to tell a person; None when others writing at the same time are not the cause."""
    if sentence_for(error) is None:
        return None
    return _("Nothing was saved: somebody changes the same at this moment. Try again.")


@method_decorator(never_cache, name="dispatch")
class StaffPage(LoginRequiredMixin, View):
    """A page for people with the permission, in their language; what they do not see is a 404."""

    permission = PLACE

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not person(request).has_perm(self.permission):
            raise PermissionDenied
        with translation.override(language_of(request)):
            try:
                return super().dispatch(request, *args, **kwargs)
            except OperationalError as error:
                sentence = collision(error)
                if sentence is None or request.method != "POST":
                    raise
                messages.error(request, sentence)
                return HttpResponseRedirect(request.get_full_path())

    def page(
        self, template: str, context: dict[str, Any], *, here: str = "", status: int = 200
    ) -> HttpResponse:
        """The page; `here` is its address where it answers a form that was sent elsewhere."""
        around = {
            "language": language_of(self.request),
            "languages": LANGUAGES,
            "here": here or self.request.get_full_path(),
        }
        return render(self.request, template, {**context, **around}, status=status)

    def location(self, request: HttpRequest) -> Location:
        """The one that the address or the form names. Raises Http404."""
        wanted = request.POST.get("location") or request.GET.get("location") or ""
        if "\0" in wanted:  # PostgreSQL takes no text with it.
            raise Http404
        return get_object_or_404(locations_of(person(request)), provider_id=wanted)

    def order(self, request: HttpRequest, order_id: Any) -> Order:
        """Raises Http404. An order stays to be seen when its location is archived."""
        user = person(request)
        orders = Order.objects.select_related("location", "merchant", "entered_by")
        if user.merchant_id is not None:
            orders = orders.filter(merchant=user.merchant_id)
            limits = LocationAccess.objects.filter(user=user).values("location_id")
            if limits.exists():
                orders = orders.filter(location__in=limits)
        return get_object_or_404(orders, pk=order_id)
