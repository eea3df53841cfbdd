"""Rules for modifier groups: minimum, maximum, repetitions, switched-off groups (ORD-NEW)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.cart.lines import Entry
from orders.cart.modifier_choices import Chosen
from orders.protocol.responses import INVALID_CART, Refusal

from .context import Case


def required_groups_are_chosen(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        if chosen.lacks():
            refusal.because(INVALID_CART, _lacking(case, entry, chosen))


def groups_have_room(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        most, count = chosen.group.maximum, len(chosen.quantities)
        if most is not None and count > most:
            message = _(
                "%(label)s may have no choices from “%(group)s”, and the order has %(count)s:"
                " %(remedy)s"
            )
            if most:
                message = _(
                    "%(label)s may have at most %(choices)s from “%(group)s”, and the order has"
                    " %(count)s: %(remedy)s"
                )
            about = _about(case, entry, chosen) | {"choices": _count_of_choices(most)}
            refusal.because(INVALID_CART, message % about)


def options_are_not_taken_too_often(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        for option, allowed in chosen.too_often(case.facts):
            has = chosen.quantities[option.thing.key] if option.thing else 0
            how_often = {"option": option.label, "allowed": allowed, "has": has}
            about = _about(case, entry, chosen) | how_often
            refusal.because(INVALID_CART, _too_often(allowed) % about)


def groups_are_switched_on(case: Case, refusal: Refusal) -> None:
    for entry, chosen in case.choices:
        if chosen.group.is_active or not chosen.quantities:
            continue
        names = ", ".join(chosen.entries[key].label for key in chosen.quantities)
        refusal.because(
            INVALID_CART,
            _(
                "%(names)s with %(label)s: the group “%(group)s” is switched off at %(place)s."
                " Switch it on in the POS, or %(remedy)s"
            )
            % (_about(case, entry, chosen) | {"names": names, "place": case.location.name}),
        )


def _lacking(case: Case, entry: Entry, chosen: Chosen) -> str:
    about = _about(case, entry, chosen)
    about["choices"] = _count_of_choices(chosen.group.minimum)
    message = _("%(label)s needs %(choices)s from “%(group)s”, and the order has none: %(remedy)s")
    if chosen.quantities:
        message = _(
            "%(label)s needs at least %(choices)s from “%(group)s”, and the order has %(count)s:"
            " %(remedy)s"
        )
    return message % about


def _too_often(allowed: int) -> str:
    if allowed == 1:
        return _(
            "%(option)s may be taken once from “%(group)s”, and %(label)s has it %(has)s times:"
            " %(remedy)s"
        )
    return _(
        "%(option)s may be taken %(allowed)s times from “%(group)s”, and %(label)s has it %(has)s"
        " times: %(remedy)s"
    )


def _about(case: Case, entry: Entry, chosen: Chosen) -> dict[str, Any]:
    """Return the values that the messages of all these rules use."""
    return {
        "label": entry.label,
        "group": chosen.group.name,
        "count": len(chosen.quantities),
        "remedy": case.remedy,
    }


def _count_of_choices(count: int) -> str:
    return ngettext("%(count)s choice", "%(count)s choices", count) % {"count": count}
