"""One object of each kind, for tests of what a merchant may reach."""

from typing import Any

from integration.models import Merchant
from tests.support import factories


def one_of_each(owner: Merchant, word: str) -> dict[str, Any]:
    modifier = factories.modifier(owner, name=f"{word} modifier")
    group = factories.group(owner, modifier, name=f"{word} group")
    family = factories.family(owner, group, name=f"{word} family")
    item = factories.item(family, name=f"{word} item")
    category = factories.category(owner, family, name=f"{word} category")
    return {
        "menu": factories.menu(owner, category, name=f"{word} menu"),
        "category": category,
        "itemfamily": family,
        "item": item,
        "modifiergroup": group,
        "modifier": modifier,
        "tax": factories.tax(owner, name=f"{word} tax"),
        "location": factories.location(owner, name=f"{word} location"),
    }
