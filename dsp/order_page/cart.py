"""The cart: its lines, their problems beside them, and prices by the live menu."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from dsp.cart.lines import Problem
from dsp.ordering import pricing
from dsp.ordering.order_items import Item, item_total
from dsp.ordering.pricing import Priced
from dsp.ordering.refusals import Impossible

from . import drafts, words
from .base import KIND, GuestPage
from .dish_form import MOST_QUANTITY
from .drafts import Draft, DraftLine


class CartPage(GuestPage):
    """The cart as it can be ordered now, or everything that is in the way."""

    def get(self, request: HttpRequest) -> HttpResponse:
        draft = drafts.open_draft(request.session, self.store)
        priced, problems = self._price(draft)
        standing = self.standing()
        context = {
            "lines": list(_lines(draft, priced, problems)),
            "problems": [words.problem(one) for one in _of_cart(problems)],
            "notice": self.notice(standing),
            "totals": totals(priced.amounts, priced.total, priced.currency) if priced else None,
            "may_go_on": priced is not None,
            "count": draft.count,
        }
        return self.page("order/cart.html", context)

    def _price(self, draft: Draft) -> tuple[Priced | None, Sequence[Problem]]:
        if not draft.lines:
            return None, ()
        try:
            return pricing.price(self.store, draft.request(KIND), self.now), ()
        except Impossible as refusal:
            return None, refusal.problems


class LinePage(GuestPage):
    """Change the quantity of a line in the cart, or remove it."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        draft = drafts.open_draft(request.session, self.store)
        line = draft.line(request.POST.get("line", ""))
        if line is None:
            messages.warning(request, _("This line is not in your order any more."))
        else:
            _change(draft, line, request.POST.get("do", ""))
            drafts.save_draft(request.session, self.store, draft)
        return HttpResponseRedirect(self.address("cart"))


def totals(amounts: Any, total: int, code: str) -> dict[str, Any]:
    """Return the sums of a quote in words; `amounts` are columns of an order."""
    rows = [(tax["name"], words.money(tax["amount"], code)) for tax in amounts["taxes"]]
    if amounts["service_charge"]:
        rows.append((_("Service charge"), words.money(amounts["service_charge"], code)))
    return {
        "subtotal": words.money(amounts["subtotal"], code),
        "rows": rows,
        "total": words.money(total, code),
    }


def item_price(item: Item, code: str) -> str:
    return words.money(item_total(item), code)


def _change(draft: Draft, line: DraftLine, action: str) -> None:
    steps = {"more": 1, "less": -1}
    quantity = min(line.asked.quantity + steps.get(action, 0), MOST_QUANTITY)
    if action == "remove" or quantity < 1:
        draft.remove(line.key)
    else:
        line.asked = msgspec.structs.replace(line.asked, quantity=quantity)


def _lines(draft: Draft, priced: Priced | None, problems: Sequence[Problem]) -> Any:
    for number, line in enumerate(draft.lines):
        wrong = [words.problem(one) for one in problems if one.line == number]
        yield {
            "line": line,
            "problems": [*dict.fromkeys(wrong)],
            "price": item_price(priced.items[number], priced.currency) if priced else "",
        }


def _of_cart(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems of no line that the notice about the store does not say already."""
    return [one for one in problems if one.line is None and one.code not in words.OF_THE_STORE]
