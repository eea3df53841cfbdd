"""Menus, edits of them, and orders for them, as a random generator chooses."""

from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from catalog import models
from catalog.models import Location
from integration.models import Merchant
from tests.support import factories

from .stream_orders import line, order

_CHANNELS = ["uber", "UBER", "doordash", ""]
_SWITCHED: list[tuple[Any, Any]] = [
    (models.Item, models.ItemAtLocation),
    (models.ItemFamily, models.FamilyAtLocation),
    (models.Modifier, models.ModifierAtLocation),
    (models.ModifierGroup, models.GroupAtLocation),
]


def make_menu(merchant: Merchant, random: Random) -> None:
    """Make families with and without sizes, and groups that share and nest their modifiers."""
    modifiers = [
        factories.modifier(merchant, provider_id=f"mod_{n}", price_amount=random.randrange(300))
        for n in range(8)
    ]
    groups = [
        factories.group(
            merchant, *random.sample(modifiers, random.randint(1, 4)),
            provider_id=f"grp_{n}", **_rules(random),
        )
        for n in range(5)
    ]  # fmt: skip
    for modifier in random.sample(modifiers, 2):
        group = random.choice(groups)
        models.ModifierNestedGroup.objects.create(modifier=modifier, group=group)
    for n in range(5):
        offered = random.sample(groups, random.randint(0, 3))
        family = factories.family(merchant, *offered, provider_id=f"fam_{n}")
        for size in range(random.choice([0, 0, 2])):
            item = factories.item(family, provider_id=f"item_{n}_{size}", price_amount=900)
            modifier = random.choice(modifiers)
            models.ItemModifierPrice.objects.create(item=item, modifier=modifier, price_amount=7)


def _rules(random: Random) -> dict[str, Any]:
    return {
        "minimum_unique_modifiers": random.choice([0, 0, 1, 2]),
        "maximum_unique_modifiers": random.choice([None, None, 1, 2]),
        "free_modifiers": random.choice([0, 0, 1]),
        "selection_type": random.choice(["single", "multiple"]),
    }


def edit_menu(merchant: Merchant, random: Random) -> None:
    """Make an edit of the menu itself."""
    model = random.choice([model for model, _ in _SWITCHED])
    objects = model.objects.filter(merchant=merchant).order_by("pk")
    if not objects:
        return
    one = random.choice(list(objects))
    change: dict[str, Any] = random.choice(
        [{"is_active": one.is_active is False}, {"name": f"Name {random.random()}"}, _archive(one)]
    )
    if model is models.ModifierGroup and random.random() < 0.5:
        change = _rules(random)
    elif model is not models.ModifierGroup and random.random() < 0.4:
        dsp = random.choice(["uber", "doordash"])
        one.dsp_prices.update_or_create(dsp=dsp, defaults={"price_amount": random.randrange(900)})
    model.objects.filter(pk=one.pk).update(**change)
    links = models.GroupModifier.objects.order_by("pk")
    link = links[random.randrange(links.count())]
    links.filter(pk=link.pk).update(default_quantity=random.randrange(3))


def _archive(one: Any) -> dict[str, Any]:
    return {"archived_at": None if one.archived_at else timezone.now()}


def edit_location(location: Location, random: Random) -> None:
    """Switch, price or count an object at the location."""
    model, rows = random.choice(_SWITCHED)
    objects = list(model.objects.filter(merchant=location.merchant).order_by("pk"))
    if not objects:
        return
    ends = timezone.now() + timedelta(hours=random.choice([-1, 1]))
    values: dict[str, Any] = {
        "is_active": random.random() < 0.5,
        "inactive_until": random.choice([None, ends]),
    }
    if rows is not models.GroupAtLocation:
        values["stock_count"] = random.choice([None, 0, 1, 5])
        values["price_amount"] = random.choice([None, 1, 500])
    rows.objects.update_or_create(location=location, object=random.choice(objects), defaults=values)


def make_order(random: Random) -> dict[str, Any]:
    """Return an order, which is often wrong: any object may be below any other."""
    lines = [_line(random) for _ in range(random.randint(1, 3))]
    if random.random() < 0.2:
        lines.append(line(None, 10, 1, _modifier(random, 1), name="Markup"))
    key = f"key-{random.random()}"
    return order(*lines, idempotency_key=key, source=random.choice(_CHANNELS))


def _line(random: Random) -> dict[str, Any]:
    number = random.randrange(5)
    named = [f"fam_{number}", f"fam_{number}_item", f"item_{number}_{random.randrange(2)}"]
    chosen = random.choice([*named, "fam_none", "mod_1"])
    below = [_modifier(random, 1) for _ in range(random.randint(0, 3))]
    price, quantity = random.choice([0, 500, 1000]), random.randint(1, 2)
    return line(chosen, price, quantity, *below)


def _modifier(random: Random, depth: int) -> dict[str, Any]:
    below = [_modifier(random, depth + 1)] if depth < 3 and random.random() < 0.3 else []
    group = {"modifier_group_id": f"grp_{random.randrange(5)}"} if random.random() < 0.3 else {}
    chosen = f"mod_{random.randrange(9)}"
    price, quantity = random.choice([0, 7, 300]), random.randint(1, 3)
    return line(chosen, price, quantity, *below, **group)
