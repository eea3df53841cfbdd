"""Load the modifier groups below an order's entries in one query (contract CAT)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from catalog import models
from catalog.compiled.menu import Group as MenuGroup
from catalog.models import Location
from catalog.models.groups import ModifierGroup
from integration.db.compiled import CompiledQuery, ListParameter, Parameter

from .overlay import is_on


class Group(msgspec.Struct, frozen=True):
    """A modifier group as it is at the order's location.

    An unreachable minimum is not enforced: `minimum` is 0 when fewer options are available than
    it demands (docs/assumptions.md).
    """

    key: int
    provider_id: str
    name: str
    is_active: bool
    minimum: int
    maximum: int | None
    is_each_once: bool
    free_modifiers: int


@dataclass
class Offers:
    """The groups below families and modifiers, and their options, by primary keys."""

    of_family: dict[int, list[Group]] = field(default_factory=dict)
    of_modifier: dict[int, list[Group]] = field(default_factory=dict)
    # Modifier → the groups with it as an option → its default quantity.
    defaults: dict[int, dict[int, int]] = field(default_factory=dict)


def links_query(
    families: Collection[int], modifiers: Collection[int], location: Location, now: datetime
) -> tuple[CompiledQuery, dict[str, Any]]:
    """Return the query, with parameters, for the groups below and around these objects."""
    return _LINKS, {
        "location": location.pk,
        "now": now,
        "families": families,
        "modifiers": modifiers,
    }


def offers_of(links: Iterable[Sequence[Any]], now: datetime) -> Offers:
    """Build Offers from the rows of that query."""
    offers = Offers()
    for what, owner, key, default, *columns in links:
        if what == "member":
            offers.defaults.setdefault(owner, {})[key] = default
        else:
            below = offers.of_family if what == "family" else offers.of_modifier
            provider_id, name, is_on_menu, is_on_here, until, *rules, options = columns
            in_menu = MenuGroup(key, provider_id, name, is_on_menu, *rules)
            group = group_of(in_menu, (is_on_here, until), options, now)
            below.setdefault(owner, []).append(group)
    for groups in (*offers.of_family.values(), *offers.of_modifier.values()):
        groups.sort(key=_key)  # The database has no order; a refusal must always read the same.
    return offers


_key = attrgetter("key")
_GROUP_COLUMNS: dict[str, tuple[str, Any]] = {
    "group_id_there": ("group__provider_id", CharField()),
    "group_name": ("group__name", CharField()),
    "group_is_active": ("group__is_active", BooleanField()),
    "here_is_active": ("here__is_active", BooleanField()),
    "here_until": ("here__inactive_until", DateTimeField()),
    "least": ("group__minimum_unique_modifiers", IntegerField()),
    "most": ("group__maximum_unique_modifiers", IntegerField()),
    "selection": ("group__selection_type", CharField()),
    "free": ("group__free_modifiers", IntegerField()),
}
_NAMES = ("what", "owner", "key", "default", *_GROUP_COLUMNS, "options")


def group_of(
    group: MenuGroup, here: tuple[bool | None, datetime | None], options: int, now: datetime
) -> Group:
    """Return the menu's group as it is at the location.

    `here` is its row there (active, until), `options` the number of different ones available.
    """
    least, most = group.minimum, group.maximum
    is_contradictory = most is not None and least > most  # Not sent to Stream.
    return Group(
        key=group.key,
        provider_id=group.provider_id,
        name=group.name,
        is_active=group.is_active and is_on(*here, now),
        minimum=0 if is_contradictory or options < least else least,
        maximum=None if is_contradictory else most,
        is_each_once=group.selection_type != ModifierGroup.SelectionType.MULTIPLE,
        free_modifiers=group.free_modifiers,
    )


_LOCATION = Parameter("location", BigIntegerField())


def _links() -> "QuerySet[Any, Any]":
    """Select the groups that families and modifiers offer, and those with the modifiers in them."""
    families = Q(family__among=ListParameter("families", BigIntegerField()))
    modifiers = Q(modifier__among=ListParameter("modifiers", BigIntegerField()))
    return _offered("family", models.FamilyModifierGroup.objects.filter(families)).union(
        _offered("modifier", models.ModifierNestedGroup.objects.filter(modifiers)),
        _members(models.GroupModifier.objects.filter(modifiers)),
        all=True,
    )


def _offered(what: str, links: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    here = Q(group__at_locations__location=_LOCATION)
    named: QuerySet[Any, Any] = (
        links.filter(group__archived_at=None)
        .order_by()
        .annotate(here=FilteredRelation("group__at_locations", condition=here))
        .annotate(
            what=Value(what, output_field=CharField()),
            owner=F(f"{what}_id"),
            key=F("group_id"),
            default=Value(0, output_field=IntegerField()),
            **{name: F(path) for name, (path, _) in _GROUP_COLUMNS.items()},
        )
        # Counted only for groups with a minimum, which are rare.
        .annotate(
            options=Case(
                When(group__minimum_unique_modifiers__gt=0, then=_options()),
                default=F("group__minimum_unique_modifiers"),
                output_field=IntegerField(),
            )
        )
        .values_list(*_NAMES)
    )
    return named


def _options() -> Coalesce:
    """Count the group's different options that are available here."""
    here = Q(modifier__at_locations__location=_LOCATION)
    back_on = Q(here__inactive_until__lte=Parameter("now", DateTimeField()))
    counted = (
        models.GroupModifier.objects.filter(
            group=OuterRef("group_id"), modifier__archived_at=None, modifier__is_active=True
        )
        .order_by()
        .annotate(here=FilteredRelation("modifier__at_locations", condition=here))
        .filter(
            Q(here=None) | Q(here__is_active=True) | back_on,
            Q(here=None) | Q(here__stock_count=None) | Q(here__stock_count__gt=0),
        )
        .values("group")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def _members(links: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    nothing = {name: Value(None, output_field=kind) for name, (_, kind) in _GROUP_COLUMNS.items()}
    named: QuerySet[Any, Any] = (
        links.filter(group__archived_at=None)
        .order_by()
        .annotate(
            what=Value("member", output_field=CharField()),
            owner=F("modifier_id"),
            key=F("group_id"),
            default=F("default_quantity"),
            options=Value(0, output_field=IntegerField()),
            **nothing,
        )
        .values_list(*_NAMES)
    )
    return named


_LINKS = CompiledQuery(_links)
