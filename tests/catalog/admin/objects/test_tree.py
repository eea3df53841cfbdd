"""The tree of the customer's choices, on the pages of families and groups."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import models
from catalog.admin.objects import tree
from tests.support import factories


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def outline(nodes: list[tree.Node], depth: int = 0) -> list[str]:
    lines = []
    for node in nodes:
        words = [node.name, node.hint, node.price, "off" if node.is_off else ""]
        lines.append("  " * depth + " | ".join(word for word in words if word))
        lines += outline(node.below, depth + 1)
    return lines


def test_a_family_shows_sizes_groups_and_nested_groups(merchant):
    dips = factories.group(merchant, factories.modifier(merchant, name="Mayo", price_amount=50))
    models.ModifierGroup.objects.filter(pk=dips.pk).update(name="Dips", maximum_unique_modifiers=1)
    dips.refresh_from_db()
    fries = factories.modifier(merchant, dips, name="Fries", price_amount=300)
    slaw = factories.modifier(merchant, name="Slaw", price_amount=200, is_active=False)
    sides = factories.group(merchant, fries, slaw, name="Sides", minimum_unique_modifiers=1)
    family = factories.family(merchant, sides)
    factories.item(family, name="Large", price_amount=1500)
    assert outline(tree.family_tree(family)) == [
        "Large | 15.00 USD",
        "Sides | at least 1",
        "  Fries | 3.00 USD",
        "    Dips | up to 1",
        "      Mayo | 0.50 USD",
        "  Slaw | 2.00 USD | off",
    ]
    assert outline(tree.group_tree(sides)) == [
        "Fries | 3.00 USD",
        "  Dips | up to 1",
        "    Mayo | 0.50 USD",
        "Slaw | 2.00 USD | off",
    ]


def test_a_cycle_ends_the_branch(merchant):
    patty = factories.modifier(merchant, name="Patty")
    group = factories.group(merchant, patty, name="Extras")
    models.ModifierNestedGroup.objects.create(modifier=patty, group=group)
    family = factories.family(merchant, group)
    assert outline(tree.family_tree(family)) == [
        "Extras | any number",
        "  Patty | 5.00 USD",
        "    Extras | contains itself: see the menu check",
    ]


def test_a_group_is_expanded_once(merchant):
    dips = factories.group(merchant, factories.modifier(merchant, name="Mayo"), name="Dips")
    fries, rings = (factories.modifier(merchant, dips, name=name) for name in ("Fries", "Rings"))
    group = factories.group(merchant, fries, rings)
    lines = outline(tree.group_tree(group))
    assert [line.strip() for line in lines if "Dips" in line] == [
        "Dips | any number",
        "Dips | as above",
    ]
    assert sum("Mayo" in line for line in lines) == 1


def test_archived_objects_are_left_out(merchant):
    archived = factories.modifier(merchant, name="Gone")
    group = factories.group(merchant, archived, name="Extras")
    old = factories.group(merchant, name="Old")
    family = factories.family(merchant, group, old)
    now = family.created_at
    models.Modifier.objects.filter(pk=archived.pk).update(archived_at=now)
    models.ModifierGroup.objects.filter(pk=old.pk).update(archived_at=now)
    assert outline(tree.family_tree(family)) == ["Extras | any number"]


def test_the_number_of_queries_depends_on_the_depth_only(merchant):
    def counted(wide: int, deep: int) -> int:
        lower = factories.group(merchant, factories.modifier(merchant))
        for _ in range(deep):
            options = [factories.modifier(merchant, lower) for _ in range(wide)]
            lower = factories.group(merchant, *options)
        family = factories.family(merchant, lower)
        with CaptureQueriesContext(connection) as queries:
            tree.family_tree(family)
        return len(queries)

    assert counted(2, 2) == counted(20, 2)
    assert counted(2, 4) - counted(2, 3) == 2


def test_the_pages_show_the_tree_with_links_and_escaped_names(client, merchant):
    extra = factories.modifier(merchant, name="<i>Bacon</i>", price_amount=250)
    group = factories.group(merchant, extra)
    family = factories.family(merchant, group)
    link = reverse("admin:catalog_modifier_change", args=[extra.pk])
    for model, key in (("itemfamily", family.pk), ("modifiergroup", group.pk)):
        page = client.get(reverse(f"admin:catalog_{model}_change", args=[key])).content.decode()
        assert "Customer choices" in page
        assert f'<a href="{link}">&lt;i&gt;Bacon&lt;/i&gt;</a>' in page
        assert "2.50 USD" in page
    new = client.get(reverse("admin:catalog_itemfamily_add")).content.decode()
    assert "Customer choices" not in new
