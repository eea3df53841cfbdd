"""Known words in other spellings: taken as meant when that can only be one (contract ORD-CAN)."""

import re
from collections.abc import Iterable

from orders.states import State

_NO_LETTERS = re.compile(r"[\W_]+")
_LONGEST = 60  # Longer than any known word, and short to compare.


class Spellings:
    """The words of one enumeration.

    Case, separators and the second l of `cancelled` never count; with `forgives_slips`, neither
    does one letter that is wrong, missing, added or swapped with its neighbor.
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        others: dict[str, str] | None = None,
        forgives_slips: bool = False,
    ) -> None:
        self.words = frozenset(words)
        named = {word: word for word in self.words} | (others or {})
        self._by_letters = {_letters(name): word for name, word in named.items()}
        self._forgives_slips = forgives_slips

    def meant(self, sent: str) -> str:
        """Return the known word that was meant, or what was sent if it is no known one."""
        if sent in self.words or len(sent) > _LONGEST:
            return sent
        letters = _letters(sent)
        if letters in self._by_letters:
            return self._by_letters[letters]
        if not self._forgives_slips:
            return sent
        near = {word for known, word in self._by_letters.items() if _is_near(letters, known)}
        return near.pop() if len(near) == 1 else sent


def _letters(word: str) -> str:
    return _NO_LETTERS.sub("", word).casefold().replace("cancell", "cancel")


def _is_near(one: str, other: str) -> bool:
    """Tell whether one letter was changed, added or left out, or two neighbors were swapped."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, known = one[start:], other[start:]
    return (
        rest[1:] == known[1:]
        or rest[1:] == known
        or rest == known[1:]
        or (rest[:2] == known[1::-1] and rest[2:] == known[2:])
    )


_CHANGES = {
    "order.cancel": "order.canceled",
    "order.cancelation": "order.canceled",
    "order.update": "order.updated",
}
POS_TYPES = Spellings(
    ("order.created", "order.updated", "order.canceled"),
    others={"order.create": "order.created", **_CHANGES},
    forgives_slips=True,
)
STREAM_TYPES = Spellings(
    ("order.confirmed", "order.updated", "order.canceled", "driver.status_updated"),
    others={"order.confirm": "order.confirmed", **_CHANGES},
    forgives_slips=True,
)
STATUSES = Spellings(State.values)
DELIVERY_STATUSES = Spellings(
    (
        *("pending", "pending_driver_confirmation", "enroute_to_pickup", "arrived_at_pickup"),
        *("enroute_to_dropoff", "arrived_at_dropoff", "completed", "failed_to_assign_driver"),
        *("failed_to_deliver", "failed_to_pickup", "failed", "merchant_canceled"),
        *("enroute_to_return", "arrived_at_return", "returned"),
    )
)
FULFILLMENT_TYPES = Spellings(
    (
        *("delivery", "merchant_managed_delivery", "stream_managed_delivery", "pickup"),
        *("curbside", "drive_thru", "dine_in", "kiosk"),
    )
)
