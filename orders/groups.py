"""What the modifier groups below an order's entries ask for, in one query (contract CAT)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.models import Location
from catalog.models.groups import ModifierGroup


@dataclass(frozen=True)
class Group:
    """A modifier group as it is at the order's location.

    `minimum` is 0, too, where fewer options can be had than it asks for (docs/assumptions.md):
    what nobody can fulfil is asked of nobody.
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
    """Which groups open below what, and which options they have; by the objects' keys."""

    of_family: dict[int, list[Group]] = field(default_factory=dict)
    of_modifier: dict[int, list[Group]] = field(default_factory=dict)
    # Modifier → the groups it is an option of → how many of it are chosen from the start.
    defaults: dict[int, dict[int, int]] = field(default_factory=dict)


# Written by hand, because it is in every order's way: Django takes ten times as long to put it
# together. Options are counted only where something is asked for, which is rarely.
_BELOW = """
SELECT {what}, link.{owner}, grp.id, 0, grp.provider_id, grp.name,
  grp.is_active AND (here.id IS NULL OR here.is_active OR here.inactive_until <= %s),
  grp.minimum_unique_modifiers, grp.maximum_unique_modifiers, grp.selection_type,
  grp.free_modifiers,
  CASE WHEN grp.minimum_unique_modifiers > 0 THEN (
    SELECT COUNT(*) FROM catalog_groupmodifier AS member
    JOIN catalog_modifier AS opt ON opt.id = member.modifier_id
    LEFT JOIN catalog_modifieratlocation AS opt_here
      ON opt_here.object_id = opt.id AND opt_here.location_id = %s
    WHERE member.group_id = grp.id AND opt.archived_at IS NULL AND opt.is_active
      AND (opt_here.id IS NULL OR opt_here.is_active OR opt_here.inactive_until <= %s)
      AND (opt_here.stock_count IS NULL OR opt_here.stock_count > 0)
  ) ELSE 0 END
FROM {links} AS link
JOIN catalog_modifiergroup AS grp ON grp.id = link.group_id AND grp.archived_at IS NULL
LEFT JOIN catalog_groupatlocation AS here
  ON here.object_id = grp.id AND here.location_id = %s
WHERE link.{owner} IN ({keys})
"""
_MEMBERS = """
SELECT 2, member.modifier_id, member.group_id, member.default_quantity,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM catalog_groupmodifier AS member
JOIN catalog_modifiergroup AS grp ON grp.id = member.group_id AND grp.archived_at IS NULL
WHERE member.modifier_id IN ({keys})
"""
_FAMILY, _MODIFIER, _MEMBER = 0, 1, 2


def gather(
    families: Collection[int], modifiers: Collection[int], location: Location, now: datetime
) -> Offers:
    """Reads the groups below these families and modifiers, and the modifiers' own places."""
    offers = Offers()
    for what, owner, key, default, *about in _rows(families, modifiers, location, now):
        if what == _MEMBER:
            offers.defaults.setdefault(owner, {})[key] = default
        else:
            below = offers.of_family if what == _FAMILY else offers.of_modifier
            below.setdefault(owner, []).append(_group(key, *about))
    return offers


def _rows(
    families: Collection[int], modifiers: Collection[int], location: Location, now: datetime
) -> list[Any]:
    instant = connection.ops.adapt_datetimefield_value(now)
    there = [instant, location.pk, instant, location.pk]
    links = "catalog_familymodifiergroup"
    parts = [_below(_FAMILY, links, "family_id", families)]
    values = [*there, *families]
    if modifiers:
        nested = "catalog_modifiernestedgroup"
        parts.append(_below(_MODIFIER, nested, "modifier_id", modifiers))
        parts.append(_MEMBERS.format(keys=_places(modifiers)))
        values += [*there, *modifiers, *modifiers]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return list(cursor.fetchall())


def _below(what: int, links: str, owner: str, keys: Collection[int]) -> str:
    return _BELOW.format(what=what, links=links, owner=owner, keys=_places(keys))


def _places(keys: Collection[int]) -> str:
    return ", ".join(["%s"] * len(keys))


def _group(
    key: int,
    provider_id: str,
    name: str,
    is_active: Any,  # 0 or 1 on SQLite; NULL where it is off without an end.
    least: int,
    most: int | None,
    selection: str,
    free: int,
    options: int,
) -> Group:
    is_contradictory = most is not None and least > most  # Kept out of what Stream gets.
    return Group(
        key=key,
        provider_id=provider_id,
        name=name,
        is_active=bool(is_active),
        minimum=0 if is_contradictory or options < least else least,
        maximum=None if is_contradictory else most,
        is_each_once=selection != ModifierGroup.SelectionType.MULTIPLE,
        free_modifiers=free,
    )
