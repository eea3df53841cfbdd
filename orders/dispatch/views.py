"""The dispatch page, the part of it that the browser polls, and the details of one delivery."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import parse_etags

from catalog.models import Location
from orders.staff_pages.access import BoardView, Scope, scope_of
from orders.staff_pages.language import LANGUAGES, language_of
from orders.staff_pages.places import place_choices

from . import deliveries, drivers
from .cards import Card, title_of
from .columns import page_context, viewer_context
from .driver_assignment import takes_driver
from .timeline import timeline

_SEARCH_LENGTH = 100


class DispatchPage(BoardView):
    """The whole page. Without JavaScript it reloads every 30 seconds."""

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        if not scope.locations:
            context = place_choices(self.person, reverse("dispatch:page"))
            return render(request, "board/locations.html", context)
        now, language = timezone.now(), language_of(request)
        # Taken before the cards are read: a change in between comes with the first poll.
        version = deliveries.version(scope, language, now)
        search = request.GET.get("q", "").strip()[:_SEARCH_LENGTH]
        context = {
            **page_context(scope, now, search),
            **around(scope, language),
            "version": version,
            "sought": search,
            "drivers": drivers.active(scope.locations[0].merchant),
        }
        return render(request, "dispatch/page.html", context)


class DeliveriesPart(BoardView):
    """The polled part; 304 while nothing has changed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        now, language = timezone.now(), language_of(request)
        version = deliveries.version(scope, language, now)
        if version in parse_etags(request.headers.get("If-None-Match", "").replace("W/", "")):
            response = HttpResponse(status=304)
        else:
            context = {**page_context(scope, now), "scope": scope}
            response = render(request, "dispatch/deliveries.html", context)
        response["ETag"] = version
        return response


class DetailsPage(BoardView):
    """One delivery with its whole bag, and all that happened to it."""

    def get(self, request: HttpRequest, kind: str, order_id: UUID) -> HttpResponse:
        order = deliveries.find(self.person, kind, order_id)
        delivery = deliveries.Delivery(order, deliveries.assignments([order]).get(order.pk))
        card, scope = Card(delivery, timezone.now()), scope_of(request, self.person)
        card.fill_whole()
        context = {
            "card": card,
            "title": title_of(order),
            "rows": timeline(order),
            "takes_driver": takes_driver(order) and card.is_open,
            "language": language_of(request),
            "languages": LANGUAGES,
            "here": request.get_full_path(),
            **viewer_context(scope),
            "is_one_place": False,
            "place_query": "" if self.person.merchant_id else place_query(card.place),
        }
        return render(request, "dispatch/details.html", context)


def place_query(place: Location) -> str:
    """Return the query string of the page at one location, which our own staff must name."""
    return f"?{urlencode({'location': place.provider_id})}"


def around(scope: Scope, language: str) -> dict[str, object]:
    """Return the context of the page around the deliveries."""
    return {
        "scope": scope,
        "language": language,
        "languages": LANGUAGES,
        "is_own_staff": scope.user.merchant_id is None,
        "may_decide": scope.may("orders.decide_order"),
        "page_address": reverse("dispatch:page"),
    }
