"""The check of a whole cart against a store's menu, with every problem at once."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from .availability import Updates
from .choices import LineCheck
from .lines import NOT_NOW, SOLD_OUT, UNKNOWN, Line, PricedLine, Problem
from .places import Place, Places


def check_cart(
    lines: Sequence[Line], places: Places, updates: Updates, at: datetime
) -> tuple[list[PricedLine], list[Problem]]:
    """Return the priced lines and the problems; the lines count only without any.

    `at` is the instant the order is for, in the store's time zone.
    """
    unknown = [
        Problem(UNKNOWN, number, f"The menu does not have {line.id[:255]}.")
        for number, line in enumerate(lines)
        if not places.knows(line.id)
    ]
    known = [(number, line) for number, line in enumerate(lines) if places.knows(line.id)]
    menu = places.find({line.id for _, line in known}, at)
    if menu is None:
        return [], [*unknown, Problem(NOT_NOW, None, "No menu that has all of it is open then.")]
    priced, problems = [], unknown
    for number, line in known:
        place = menu[line.id]
        check = LineCheck(number, place.family, place.variation, updates)
        one = check.price(line)
        priced.append(msgspec.structs.replace(one, category_id=place.category_id))
        problems.extend(check.problems)
    return priced, problems + _beyond_stock(known, menu)


def _beyond_stock(known: list[tuple[int, Line]], menu: dict[str, Place]) -> list[Problem]:
    """Return a problem for the first line of each variation ordered more often than there is."""
    ordered: Counter[str] = Counter()
    for _, line in known:
        ordered[line.id] += line.quantity
    problems = []
    for number, line in known:
        stock = menu[line.id].variation.stock_count
        if stock is not None and ordered.pop(line.id, 0) > stock:
            name = menu[line.id].family.name
            problems.append(Problem(SOLD_OUT, number, f"{name}: {stock} left."))
    return problems
