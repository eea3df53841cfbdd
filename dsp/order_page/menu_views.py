"""The pages of the menu and of one dish. They need no JavaScript."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from dsp.live import overlay
from dsp.live.compiled import LiveMenu
from dsp.menus.schema import Family
from dsp.ordering import pricing
from dsp.ordering.cart_request import CartRequest, RequestedLine
from dsp.ordering.refusals import Impossible

from . import allergens, dish_form, drafts, menu, words
from .base import KIND, GuestPage
from .dish_form import DishForm
from .drafts import MOST_LINES, DraftLine


@method_decorator(gzip_page, name="dispatch")
class MenuPage(GuestPage):
    """The store's menu with its cart; a long one goes on over several pages."""

    def get(self, request: HttpRequest) -> HttpResponse:
        standing = self.standing()
        notice = self.notice(standing)
        draft = drafts.open_draft(request.session, self.store)
        context = {
            "notice": notice,
            "minutes": standing.timetable.prep_time_minutes if standing.timetable else None,
            "count": draft.count,
            "cart": self.address("cart"),
        }
        live = standing.live if KIND in self.store.fulfillment_types else None
        if live is not None:
            context |= self._menu(live, _first(request.GET.get("from", "")))
        return self.page("order/menu.html", context)

    def _menu(self, live: LiveMenu, first: int) -> dict[str, Any]:
        listed = menu.sections(live, self.now, self.zone)
        updates = overlay.updates_of(self.store, live.arrival)
        shown, after = menu.page_of(listed, first, live, updates, self.address("dish"))
        menus = {section.menu.stream_id for section in listed}
        return {
            "index": list(menu.index(listed)) if len(listed) > 1 else [],
            "sections": shown,
            "has_menus": len(menus) > 1,
            "first": first,
            "next": after,
            "is_empty": not listed,
        }


@method_decorator(gzip_page, name="dispatch")
class DishPage(GuestPage):
    """One dish with its choices, to add to the cart or to change there."""

    def get(self, request: HttpRequest) -> HttpResponse:
        live, family = self._dish(request.GET.get("id", ""))
        draft = drafts.open_draft(request.session, self.store)
        line = draft.line(request.GET.get("line", ""))
        if line is not None and line.family_id != family.stream_id:
            line = None
        key = line.key if line else drafts.new_key()
        return self._form(live, family, key, line.asked if line else None, is_known=bool(line))

    def post(self, request: HttpRequest) -> HttpResponse:
        live, family = self._dish(request.POST.get("id", ""))
        asked = dish_form.read_line(family, request.POST)
        # The page's own key: submitted twice, the dish is in the cart once.
        key = drafts.known_key(request.POST.get("line", "")) or drafts.new_key()
        draft = drafts.open_draft(request.session, self.store)
        is_known = draft.line(key) is not None
        problems = self._problems(asked)
        line = DraftLine(
            key, family.stream_id, family.name, dish_form.choices_in_words(family, asked), asked
        )
        if not problems and not draft.put(line):
            full = _("An order has at most %(most)s lines: place this one first.")
            problems = [full % {"most": MOST_LINES}]
        if problems:
            return self._form(live, family, key, asked, problems=problems, is_known=is_known)
        drafts.save_draft(request.session, self.store, draft)
        messages.success(request, _("%(dish)s is in your order.") % {"dish": family.name})
        return HttpResponseRedirect(self.address("cart" if is_known else "menu"))

    def _dish(self, family_id: str) -> tuple[LiveMenu, Family]:
        live = self.standing().live
        family = live and menu.find_dish(live, family_id, self.now, self.zone)
        if live is None or family is None:
            raise Http404
        return live, family

    def _problems(self, asked: RequestedLine) -> list[str]:
        """Return what is wrong with the line itself; the cart says what is with the store."""
        try:
            pricing.price(self.store, CartRequest(KIND, (asked,)), self.now)
        except Impossible as refusal:
            of_line = [one for one in refusal.problems if one.line is not None]
            return [*dict.fromkeys(map(words.problem, of_line))]
        return []

    def _form(
        self,
        live: LiveMenu,
        family: Family,
        key: str,
        asked: RequestedLine | None,
        *,
        problems: list[str] | None = None,
        is_known: bool,
    ) -> HttpResponse:
        updates = overlay.updates_of(self.store, live.arrival)
        dish = DishForm(family, asked, updates, live.menu.currency)
        context = {
            "dish": dish,
            "card": menu.dish_card(family, live, updates, "", "-"),
            "allergens": allergens.named(family.allergens),
            "sizes": list(dish.sizes()),
            "problems": problems or [],
            "key": key,
            "is_known": is_known,
            "quantity": asked.quantity if asked else 1,
            "note": asked.special_instructions if asked else "",
            "note_length": dish_form.NOTE_LENGTH,
            "most": dish_form.MOST_QUANTITY,
            "notice": self.notice(self.standing()),
            "back": self.address("cart" if is_known else "menu"),
        }
        here = f"{self.address('dish')}?{urlencode({'id': family.stream_id})}"
        status = 400 if problems else 200
        return self.page("order/dish.html", context, here=here, status=status)


def _first(text: str) -> int:
    """Return the number of the first dish of a page; 0 if it cannot be read."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 7
    return int(text) if is_number else 0
