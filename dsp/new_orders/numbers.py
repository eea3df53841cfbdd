"""The numbers of orders, such as A17: short while a store's day is young, unique on that day.

They are drawn without a look at the other orders; a constraint refuses one that is taken.
"""

import secrets
import threading
from collections import OrderedDict
from datetime import date

from django.db import IntegrityError

from dsp.models import ChannelOrder

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # Neither I nor O, which are read as digits.
_DIGITS = (2, 2, 3, 4, 6)
MOST_DRAWS = len(_DIGITS)
_MOST_STORES = 10_000
# Per process: how often a number of the store was taken on that day, so the next is longer.
_taken: OrderedDict[int, tuple[date, int]] = OrderedDict()
_lock = threading.Lock()


def draw(store_id: int, day: date) -> str:
    """Draw a number that is probably free."""
    return _draw(_DIGITS[min(_taken_on(store_id, day), len(_DIGITS) - 1)])


def was_taken(error: IntegrityError, store_id: int, day: date) -> bool:
    """Return True if the drawn number was the reason; the next one is longer then."""
    if not any(name in str(error) for name in _CONSTRAINT):
        return False
    count = _taken_on(store_id, day)
    with _lock:
        _taken[store_id] = day, count + 1
        _taken.move_to_end(store_id)
        while len(_taken) > _MOST_STORES:
            _taken.popitem(last=False)
    return True


def forget() -> None:
    """Forget which numbers were taken."""
    with _lock:
        _taken.clear()


# As PostgreSQL and SQLite name it.
_CONSTRAINT = ("channel_order_number_once", f"{ChannelOrder._meta.db_table}.number")


def _taken_on(store_id: int, day: date) -> int:
    known, count = _taken.get(store_id, (day, 0))
    return count if known == day else 0


def _draw(digits: int) -> str:
    lowest = 10 ** (digits - 1)
    return f"{secrets.choice(_LETTERS)}{lowest + secrets.randbelow(9 * lowest)}"
