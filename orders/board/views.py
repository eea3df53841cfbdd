"""The board's page, and the piece of it that is asked for again and again."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import parse_etags

from catalog.locations.access import visible_locations
from catalog.models import Location
from orders.alerts import presence
from orders.staff_pages.access import BoardView, Scope, next_page, scope_of
from orders.staff_pages.language import COOKIE, COOKIE_SECONDS, LANGUAGES, language_of

from .columns import page_of
from .queries import version_of

_MOST_CHOICES = 300  # Locations in the list from which our own staff choose.
_LONGEST_SEARCH = 100


class BoardPage(BoardView):
    """The whole page. Without JavaScript it is loaded anew every 15 seconds."""

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        if not scope.locations:
            return render(request, "board/choose.html", self._choices())
        now, language = timezone.now(), language_of(request)
        # Before the cards are read: a change in between comes with the first poll.
        version = version_of(scope, language, now)
        sought = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
        looked_at(scope.locations)
        context = {
            **page_of(scope, now, sought=sought),
            **frame_of(scope, language),
            "version": version,
            "sought": sought,
        }
        return render(request, "board/board.html", context)

    def _choices(self) -> dict[str, object]:
        """For our own staff; a merchant's people get here only when there is no location."""
        live = visible_locations(self.person).filter(archived_at=None).select_related("merchant")
        by_name = live.order_by("merchant__name", "name")[:_MOST_CHOICES]
        return {"places": by_name, "languages": LANGUAGES}


class OrdersPart(BoardView):
    """What polls ask for: 304 while nothing changed, which costs one small query."""

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        now, language = timezone.now(), language_of(request)
        looked_at(scope.locations)
        version = version_of(scope, language, now)
        if version in parse_etags(request.headers.get("If-None-Match", "").replace("W/", "")):
            answer = HttpResponse(status=304)
        else:
            context = {**page_of(scope, now), "scope": scope}
            answer = render(request, "board/orders.html", context)
        answer["ETag"] = version
        return answer


class Language(BoardView):
    """Remembers the language, and goes back to the page where it was chosen."""

    def post(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of(request, self.person)
        back = next_page(request) or reverse("board:page") + scope.query
        answer = HttpResponseRedirect(back)
        said = request.POST.get("language", "")
        if said in LANGUAGES:
            answer.set_cookie(
                COOKIE,
                said,
                max_age=COOKIE_SECONDS,
                samesite="Lax",
                httponly=True,
                secure=request.is_secure(),
            )
        return answer


def frame_of(scope: Scope, language: str) -> dict[str, object]:
    """What stands around the orders."""
    return {
        "scope": scope,
        "language": language,
        "languages": LANGUAGES,
        "is_own_staff": scope.user.merchant_id is None,
        "may_place": scope.may("orders.place_order"),
    }


def looked_at(locations: Sequence[Location]) -> None:
    """Somebody looks at the board of these locations, now; called with each look."""
    presence.seen(one.pk for one in locations)
