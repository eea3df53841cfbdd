"""The connection of stores to Stream (contract DSP-CON).

Unlike in the POS role, nothing but Stream's own call connects a store, and an authorization after
a gap does not bring a connection back.
"""

from collections.abc import Callable, Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dsp.client_role import NAME
from dsp.models import Store
from integration.models import Merchant
from integration.oauth import authorizations

from . import own_pause

_followers: list[Callable[[Collection[int]], object]] = []


def on_disconnected(follow: Callable[[Collection[int]], object]) -> None:
    """Add a function to call with the keys of stores, in the transaction that disconnects them.

    For what knows of a store's orders, when Django starts; adding it again changes nothing.
    """
    if follow not in _followers:
        _followers.append(follow)


def is_connected(store: Store, *, is_authorized: bool | None = None) -> bool:
    """Return True if connected, not archived, and the merchant's authorization is live.

    `is_authorized` spares the question to the database where a caller has asked it.
    """
    if store.connected_at is None or store.archived_at is not None:
        return False
    if is_authorized is None:
        return authorizations.is_live(store.merchant_id, NAME)
    return is_authorized


@transaction.atomic
def connect(stores: "QuerySet[Store]") -> None:
    """Connect the stores; those that are connected stay as they are.

    Stream is told of pauses of our own that began before.
    """
    apart = stores.filter(connected_at=None).order_by("pk").select_for_update(no_key=True)
    for store in apart:
        store.connected_at = timezone.now()
        store.save(update_fields=["connected_at"])
        own_pause.tell_again(store)


@transaction.atomic
def disconnect(stores: "QuerySet[Store]") -> None:
    """Disconnect the stores; those that are not connected stay as they are."""
    connected = stores.exclude(connected_at=None).order_by("pk").select_for_update(no_key=True)
    keys = [store.pk for store in connected]
    Store.objects.filter(pk__in=keys).update(connected_at=None, disconnected_at=timezone.now())
    if keys:
        for follow in _followers:
            follow(keys)


@transaction.atomic
def disconnect_merchant(merchant: Merchant) -> None:
    """End the merchant's authorization of the channel and disconnect all its stores."""
    authorizations.revoke_all(merchant.pk, NAME)
    disconnect(Store.objects.filter(merchant=merchant))


def begin_authorization(merchant: Merchant) -> None:
    """Drop connections of before: called with a new authorization, whose tokens are stored."""
    if authorizations.live_families(merchant.pk, NAME) == 1:
        disconnect(Store.objects.filter(merchant=merchant))
