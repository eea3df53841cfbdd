"""Whose line is whose in a group order."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

_Lines = list[dict[str, Any]]


def by_customer(lines: Sequence[Mapping[str, Any]], details: Mapping[str, Any]) -> _Lines:
    """Return the lines customer by customer; `whose` of a customer's first line is the name.

    `details` are those of the order. Modifiers stay below their line. The order of a single
    customer, or one whose lines name nobody, stays as it is.
    """
    shares: dict[str, _Lines] = {}
    share: _Lines = []
    for line in lines:
        if line["depth"] == 0:
            share = shares.setdefault(line["customer_id"], [])
        share.append({**line, "whose": ""})
    names = _names(details)
    if not set(shares) - {""} or (len(shares) == 1 and len(names) == 1 and set(shares) == {*names}):
        return [line for share in shares.values() for line in share]
    # Customers as they were sent, then unknown ones, then the lines of nobody.
    known = [key for key in names if key in shares]
    unknown = [key for key in shares if key and key not in names]
    sorted_keys = [*known, *unknown, *([""] if "" in shares else [])]
    for key in sorted_keys:
        shares[key][0]["whose"] = names.get(key) or key or _("No customer named")
    return [line for key in sorted_keys for line in shares[key]]


def _names(details: Mapping[str, Any]) -> dict[str, str]:
    """Return each customer's name, or number in the list, by ID; a repeated ID has all names."""
    names: dict[str, str] = {}
    for number, customer in enumerate(details.get("customers") or [], start=1):
        key = customer.get("id")
        if not key:
            continue
        name = customer.get("name") or _("Customer %(number)s") % {"number": number}
        names[key] = f"{names[key]}, {name}" if key in names else name
    return names
