"""The rules of modifier groups: what must be chosen, how much, how often (contract ORD-NEW)."""

from .answers import INVALID_CART, Refusal
from .case import Case

_REMEDY = "publish the menu to the channel again."


def required_groups_are_chosen(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        if chosen.lacks():
            count, least = len(chosen.quantities), _choices_in_words(chosen.group.minimum)
            refusal.because(
                INVALID_CART,
                f"{entry.label} needs {'at least ' if count else ''}{least} from"
                f" “{chosen.group.name}”, and the order has {count or 'none'}: {_REMEDY}",
            )


def groups_have_room(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        most, count = chosen.group.maximum, len(chosen.quantities)
        if most is not None and count > most:
            allowed = f"at most {_choices_in_words(most)}" if most else "no choices"
            refusal.because(
                INVALID_CART,
                f"{entry.label} may have {allowed} from"
                f" “{chosen.group.name}”, and the order has {count}: {_REMEDY}",
            )


def options_are_not_taken_too_often(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        for option, allowed in chosen.too_often(case.facts):
            times = "once" if allowed == 1 else f"{allowed} times"
            has = chosen.quantities[option.thing.key] if option.thing else 0
            refusal.because(
                INVALID_CART,
                f"{option.label} may be taken {times} from “{chosen.group.name}”, and"
                f" {entry.label} has it {has} times: {_REMEDY}",
            )


def groups_are_switched_on(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        if chosen.group.is_active or not chosen.quantities:
            continue
        names = ", ".join(chosen.entries[key].label for key in chosen.quantities)
        refusal.because(
            INVALID_CART,
            f"{names} with {entry.label}: the group “{chosen.group.name}” is switched off at"
            f" {case.location.name}. Switch it on in the POS, or {_REMEDY}",
        )


def _choices_in_words(count: int) -> str:
    return "1 choice" if count == 1 else f"{count} choices"
