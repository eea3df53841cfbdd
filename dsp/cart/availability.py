"""Availability: what the menu says, under the updates that came after it (contract DSP-EV-UPDATE).

An update names no place, so it holds wherever its object occurs.
"""

from collections.abc import Mapping

from dsp.menus.schema import Family, Modifier, ModifierGroup, Variation

# By the array of the update (items, variations, modifiers) and the stream_id.
Updates = Mapping[tuple[str, str], bool]
_ARRAYS = {Family: "items", Variation: "variations", Modifier: "modifiers"}


def is_active(thing: Family | Variation | Modifier, updates: Updates) -> bool:
    return updates.get((_ARRAYS[type(thing)], thing.stream_id), thing.is_active)


def is_sold_out(family: Family, updates: Updates) -> bool:
    """Return whether the family cannot be ordered in any way."""
    return (
        not is_active(family, updates)
        or all(_is_gone(variation, updates) for variation in family.variations)
        or any(_is_unfillable(group, updates) for group in family.groups)
    )


def _is_gone(variation: Variation, updates: Updates) -> bool:
    return variation.stock_count == 0 or not is_active(variation, updates)


def _is_unfillable(group: ModifierGroup, updates: Updates) -> bool:
    """Return whether a required group has too few options that can be chosen."""
    if not group.rules.minimum:
        return False
    options = sum(
        is_active(modifier, updates)
        and not any(_is_unfillable(below, updates) for below in modifier.groups)
        for modifier in group.modifiers
    )
    return options < group.rules.minimum
