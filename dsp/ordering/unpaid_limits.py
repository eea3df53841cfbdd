"""Limits on orders that nobody has paid, placed by guests without an account.

A machine could fill a kitchen with orders for nobody. What one guest places within an hour is
limited by phone, what comes from one network by a larger number, since a family or an office shares
it, and what a store gets from all of them by what a window can serve.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac

from dsp.models import ChannelOrder, Store
from integration import phone_numbers
from integration.db import database_time

State = ChannelOrder.State

_WITHIN = timedelta(hours=1)
_GUESTS_OF_A_NETWORK = 4
# A guest whose order the restaurant did not make may try again.
_NOT_COUNTED = (State.FAILED, State.CANCELED, State.GIVEN_UP, State.EXPIRED)


class TooMany(Exception):
    """The guest, or all of them, placed too many orders; they may again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many orders that are not paid: again in {seconds} s.")
        self.seconds = seconds


class Origin(NamedTuple):
    """The origin of an order: its scope, and the guest's network as a keyed checksum."""

    scope: str
    network: str


def origin(scope: str, network: str) -> Origin:
    """Return the origin; the network itself is not kept."""
    return Origin(scope, salted_hmac("dsp.ordering.unpaid_limits", network).hexdigest()[:32])


def check(store: Store, source: Origin, phone: str) -> None:
    """Check that the guest may place one more unpaid order. Raises TooMany.

    Orders placed at the very same time may be a few more.
    """
    per_guest, per_store = settings.DSP.unpaid_per_guest, settings.DSP.unpaid_per_store
    if not per_guest and not per_store:
        return
    now = database_time.now()
    placed = ChannelOrder.objects.filter(
        merchant_id=store.merchant_id,
        store=store,
        scope=source.scope,
        is_unpaid=True,
        placed_at__gt=now - _WITHIN,
    ).exclude(state__in=_NOT_COUNTED)
    rows = list(placed.order_by("placed_at").values_list("placed_at", "placed_from", "customers"))
    number = phone_numbers.normalize(phone, country=store.country)
    of_phone = [at for at, _, customers in rows if number in _phones(customers)]
    of_network = [at for at, network, _ in rows if network == source.network]
    _limit(of_phone, per_guest, now)
    _limit(of_network, per_guest * _GUESTS_OF_A_NETWORK, now)
    _limit([at for at, *_ in rows], per_store, now)


def _phones(customers: list[dict[str, str]]) -> set[str]:
    return {customer.get("phone", "") for customer in customers}


def _limit(placed: list[datetime], most: int, now: datetime) -> None:
    """Refuse one more than `most`; 0: no limit. Enough of them are an hour old after a while."""
    if most and len(placed) >= most:
        frees = placed[len(placed) - most] + _WITHIN
        raise TooMany(max(1, round((frees - now).total_seconds())))
