"""The board's page, and the part of it that the browser polls."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import parse_etags

from catalog.models import Location
from integration.db import database_time
from orders.alerts import presence
from orders.staff_pages.access import BoardView, Scope, next_page, scope_of
from orders.staff_pages.language import COOKIE, COOKIE_SECONDS, LANGUAGES, language_of
from orders.staff_pages.places import place_choices

from .columns import board_context
from .queries import board_version, workers_stand_still

_SEARCH_LENGTH = 100


class BoardPage(BoardView):
    """The whole page. Without JavaScript it reloads every 15 seconds."""

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        if not scope.locations:
            context = place_choices(self.person, reverse("board:page"))
            return render(request, "board/locations.html", context)
        now, language = database_time.now(), language_of(request)
        # Taken before the cards are read: a change in between comes with the first poll.
        standstill = workers_stand_still()
        version = board_version(scope, language, now, standstill=standstill)
        search = request.GET.get("q", "").strip()[:_SEARCH_LENGTH]
        record_view(scope.locations)
        context = {
            **board_context(scope, now, standstill=standstill, search=search),
            **page_context(scope, language),
            "version": version,
            "sought": search,
        }
        return render(request, "board/board.html", context)


class OrdersPart(BoardView):
    """The polled part; 304 while nothing has changed, which costs two small queries."""

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        now, language = database_time.now(), language_of(request)
        record_view(scope.locations)
        standstill = workers_stand_still()
        version = board_version(scope, language, now, standstill=standstill)
        if version in parse_etags(request.headers.get("If-None-Match", "").replace("W/", "")):
            response = HttpResponse(status=304)
        else:
            context = {**board_context(scope, now, standstill=standstill), "scope": scope}
            response = render(request, "board/orders.html", context)
        response["ETag"] = version
        return response


class Language(BoardView):
    """Store the chosen language in a cookie and return to the previous page."""

    def post(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        back = next_page(request) or reverse("board:page") + scope.query
        response = HttpResponseRedirect(back)
        chosen = request.POST.get("language", "")
        if chosen in LANGUAGES:
            response.set_cookie(
                COOKIE,
                chosen,
                max_age=COOKIE_SECONDS,
                samesite="Lax",
                httponly=True,
                secure=request.is_secure(),
            )
        return response


def page_context(scope: Scope, language: str) -> dict[str, object]:
    """Return the context of the page around the orders."""
    return {
        "scope": scope,
        "language": language,
        "languages": LANGUAGES,
        "is_own_staff": scope.user.merchant_id is None,
        "may_place": scope.may("orders.place_order"),
        "page_address": reverse("board:page"),
    }


def record_view(locations: Sequence[Location]) -> None:
    """Record that somebody is looking at the board of these locations now."""
    presence.record(location.pk for location in locations)
