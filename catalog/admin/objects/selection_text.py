"""The number of options a customer may choose from a group, in words."""

from catalog.models import ModifierGroup


def selection_text(group: ModifierGroup) -> str:
    least, most = group.minimum_unique_modifiers, group.maximum_unique_modifiers
    if most is None:
        return f"at least {least}" if least else "any number"
    if least == most:
        return f"exactly {least}"
    return f"{least} to {most}" if least else f"up to {most}"
