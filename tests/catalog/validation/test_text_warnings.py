"""The menu check knows texts and rates that came from a broken file."""

from decimal import Decimal

import pytest

from catalog.models import Item, ItemFamily, Modifier, Tax
from catalog.validation import check
from tests.catalog.support import valid_menu


@pytest.mark.parametrize(
    ("model", "provider_id", "fields", "rules"),
    [
        (Modifier, "ham", {"name": "Err:502"}, ["error-word"]),
        (ItemFamily, "pizza", {"description": "#n/a"}, ["error-word"]),
        (ItemFamily, "pizza", {"description": "Fresh\n#1 in town"}, []),
        (Item, "large", {"name": "\u202eegral"}, ["odd-characters"]),
        (ItemFamily, "pizza", {"allergens": ["\x07"]}, ["blank-allergen", "odd-characters"]),
        (ItemFamily, "pizza", {"allergens": ["\u200b"]}, ["blank-allergen"]),
        (ItemFamily, "pizza", {"name": "\u200b"}, ["no-name"]),
        (ItemFamily, "pizza", {"name": "\u00a0\u3164"}, ["no-name"]),
        (Tax, "tax", {"rate": Decimal("50.01")}, ["tax-unusual"]),
        (Tax, "tax", {"rate": Decimal("0.9999")}, ["tax-unusual"]),
        (Tax, "tax", {"rate": Decimal("0")}, []),
        (Tax, "tax", {"rate": Decimal("1")}, []),
        (Tax, "tax", {"rate": Decimal("50")}, []),
    ],
)
def test_what_nobody_meant_is_found(merchant, location, model, provider_id, fields, rules):
    valid_menu.make(merchant)
    assert model.objects.filter(provider_id=provider_id).update(**fields) == 1

    found = {one.rule for one in check(merchant) if one.provider_id == provider_id}

    assert found == set(rules)
