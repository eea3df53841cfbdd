"""Pages for entering an in-store order: the menu, a dish, the cart. They need no JavaScript."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from catalog.models import Location
from orders.staff_pages.base import StaffPage

from . import drafts, presenters
from .dish_page import Dish, read_line
from .drafts import MAX_LINES, MAX_QUANTITY, Draft, DraftLine
from .menu import Menu, Row, menu_or_404
from .pricing import quote

_MAX_LOCATIONS = 200


class NewOrder(StaffPage):
    """A location's menu and the cart; asks for the location when there are several."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if "location" not in request.GET:
            return self._choose()
        location = self.location(request)
        menu, draft = menu_or_404(location), drafts.open_draft(request.session, location)
        words = request.GET.get("q", "")[:100]
        category = _category(menu, request.GET.get("category", ""))
        families = menu.families_in(category) if category else []
        results = menu.find(words) if words.strip() else families
        context = {
            "location": location,
            "categories": [
                {
                    "name": row["name"],
                    "is_current": row is category and not words.strip(),
                    "address": presenters.page_url("new", location, category=row["provider_id"]),
                }
                for row in menu.categories
            ],
            "category": category["provider_id"] if category else "",
            "words": words,
            "dishes": list(presenters.dish_cards(menu, results, location)),
            "cart": _cart(draft, menu, location),
            "finish": presenters.page_url("finish", location),
        }
        return self.page("instore/menu.html", context)

    def _choose(self) -> HttpResponse:
        locations = list(self.locations[:_MAX_LOCATIONS])
        if len(locations) == 1:
            return HttpResponseRedirect(presenters.page_url("new", locations[0]))
        choices = [(location, presenters.page_url("new", location)) for location in locations]
        return self.page("instore/locations.html", {"choices": choices})


class DishPage(StaffPage):
    """One dish with its choices, to add to the cart or to change there."""

    def get(self, request: HttpRequest) -> HttpResponse:
        location = self.location(request)
        menu = menu_or_404(location)
        family = _family(menu, request.GET.get("family", ""))
        draft = drafts.open_draft(request.session, location)
        line = draft.line(request.GET.get("line", ""))
        if line is not None and line.family != family["provider_id"]:
            line = None
        return self._page(location, Dish(menu, family, line, _code(location)), [])

    def post(self, request: HttpRequest) -> HttpResponse:
        location = self.location(request)
        menu = menu_or_404(location)
        family = _family(menu, request.POST.get("family", ""))
        draft = drafts.open_draft(request.session, location)
        key = request.POST.get("line", "")
        # The page's own key: submitted twice, the dish is added once.
        line, problems = read_line(
            menu, family, request.POST, key if _is_key(key) else drafts.new_key()
        )
        if not problems and not draft.put(line):
            text = _("An order has at most %(most)s lines: place this one first.")
            problems = [text % {"most": MAX_LINES}]
        if problems:
            dish = Dish(menu, family, line, _code(location))
            return self._page(location, dish, problems)
        drafts.save_draft(request.session, location, draft)
        category = request.POST.get("category", "")[:255]
        return HttpResponseRedirect(presenters.page_url("new", location, category=category))

    def _page(self, location: Location, dish: Dish, problems: list[str]) -> HttpResponse:
        line = dish.line
        is_known = line is not None and not problems
        here = {"family": dish.family["provider_id"], "line": line.key if line and is_known else ""}
        context = {
            "location": location,
            "dish": dish,
            "sizes": list(dish.shown_sizes()),
            "problems": problems,
            "key": line.key if line else drafts.new_key(),
            "quantity": line.quantity if line else 1,
            "note": line.note if line else "",
            "is_known": is_known,
            "most": MAX_QUANTITY,
            "back": presenters.page_url("new", location),
        }
        return self.page(
            "instore/dish.html",
            context,
            here=presenters.page_url("dish", location, **here),
            status=400 if problems else 200,
        )


class LinePage(StaffPage):
    """Change the quantity of a line in the cart, or remove it."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        location = self.location(request)
        draft = drafts.open_draft(request.session, location)
        line = draft.line(request.POST.get("line", ""))
        if line is None:
            messages.warning(request, _("This line is not in the cart any more."))
        else:
            _change(draft, line, request.POST.get("do", ""))
            drafts.save_draft(request.session, location, draft)
        category = request.POST.get("category", "")[:255]
        return HttpResponseRedirect(presenters.page_url("new", location, category=category))


def _change(draft: Draft, line: DraftLine, action: str) -> None:
    if action == "more":
        line.quantity = min(line.quantity + 1, MAX_QUANTITY)
    elif action == "less":
        line.quantity -= 1
    if action == "remove" or line.quantity < 1:
        draft.remove(line.key)


def _family(menu: Menu, provider_id: str) -> Row:
    family = menu.family(provider_id)
    if family is None:
        raise Http404
    return family


def _category(menu: Menu, provider_id: str) -> Row | None:
    named = (row for row in menu.categories if row["provider_id"] == provider_id)
    return next(named, menu.categories[0] if menu.categories else None)


def _cart(draft: Draft, menu: Menu, location: Location) -> dict[str, Any]:
    priced = quote(draft, menu, location) if draft.lines else None
    return presenters.cart_context(draft, priced, location)


def _is_key(text: str) -> bool:
    return len(text) == 36 and all(character in "0123456789abcdef-" for character in text)


def _code(location: Location) -> str:
    return location.merchant.currency
