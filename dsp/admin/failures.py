"""Reasons of failed orders in words, and what helps (contract DSP-EV-FAIL)."""

NOT_TAKEN = {"refused_by_stream", "not_handed_over_in_time"}  # The attempts tell why.
_FAILURES = {
    "restaurant_not_accepting_orders": (
        "The restaurant is paused or offline in its POS",
        "Ask the restaurant to take orders again in its POS",
    ),
    "location_not_found": (
        "Stream does not know the store",
        "Connect the store again in Stream and publish its menu",
    ),
    "pos_missing_items": (
        "The POS does not have all items",
        "Resync the POS in Stream and publish the menu again",
    ),
    "items_unavailable": ("Something was sold out", ""),
    "order_validation_error": (
        "The POS refused the cart, perhaps for a price below its own",
        "Resync the POS in Stream and publish the menu again",
    ),
    "refused_by_stream": (
        "Stream refused it",
        "Read what Stream answered",
    ),
    "not_handed_over_in_time": (
        "Stream did not take it in time",
        "Read what its attempts met with",
    ),
    "store_paused": ("The store was paused when the payment came", ""),
    "store_closed": ("The store was closed when the payment came", ""),
    "not_connected": ("The store was not connected when the payment came", ""),
    "no_menu": ("The store had no menu when the payment came", ""),
    "store_disconnected": (
        "The store was disconnected before Stream had the order",
        "Connect the store again in Stream and publish its menu",
    ),
}


def title_of_failure(reason: str) -> str:
    """Return the cause without a full stop."""
    known = _FAILURES.get(reason)
    if known is not None:
        return known[0]
    if reason in ("", "unknown"):
        return "Stream gave no reason"
    return f"The reason given is “{reason.replace('_', ' ')}”"


def remedy_of_failure(reason: str) -> str:
    """Return what keeps the next order from failing likewise, without a full stop; or empty."""
    return _FAILURES.get(reason, ("", ""))[1]
