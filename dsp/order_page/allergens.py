"""Allergens of a dish in the guest's language (contract DSP-MENU)."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_NAMES: dict[str, Promise | str] = {
    "eggs": _("eggs"),
    "soybeans": _("soybeans"),
    "dairy": _("dairy"),
    "sesame": _("sesame"),
    "lupin": _("lupin"),
    "celery": _("celery"),
    "mustard": _("mustard"),
    "gluten": _("gluten"),
    "wheat": _("wheat"),
    "rye": _("rye"),
    "barley": _("barley"),
    "oats": _("oats"),
    "spelt": _("spelt"),
    "kamut": _("kamut"),
    "shellfish": _("shellfish"),
    "crustaceans": _("crustaceans"),
    "molluscs": _("molluscs"),
    "fish": _("fish"),
    "almonds": _("almonds"),
    "hazelnuts": _("hazelnuts"),
    "walnuts": _("walnuts"),
    "cashews": _("cashews"),
    "pecan": _("pecan"),
    "brazil": _("Brazil nuts"),
    "pistachio": _("pistachio"),
    "macadamia": _("macadamia"),
    "peanuts": _("peanuts"),
    "tree_nuts": _("tree nuts"),
    "sulphur_dioxide_sulphites": _("sulphites"),
}


def named(allergens: Iterable[str]) -> str:
    """Return the allergens as one text; those that are not of the contract stand as they are."""
    return ", ".join(str(_NAMES.get(one) or one.replace("_", " ")) for one in allergens)
