"""The words of a followed order's history in the person's language."""

from django.utils.translation import gettext_lazy

# What orders/stream_events writes into the history, in English.
_WORDS = {
    "Confirmed": gettext_lazy("Confirmed"),
    "Confirmed again with changes": gettext_lazy("Confirmed again with changes"),
    "Status changed": gettext_lazy("Status changed"),
    "Delivery status changed": gettext_lazy("Delivery status changed"),
    "Canceled": gettext_lazy("Canceled"),
    "Update without a change": gettext_lazy("Update without a change"),
    "Location known": gettext_lazy("Location known"),
    "Closed without further news": gettext_lazy("Closed without further news"),
}


def in_words(what: str) -> str:
    """Return an entry's text; one that is not known here stays as it is."""
    return str(_WORDS.get(what, what))
