"""The connection of stores to Stream (contract DSP-CON).

Unlike in the POS role, nothing but Stream's own call connects a store, and an authorization after
a gap does not bring a connection back.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dsp.client_role import NAME
from dsp.models import Store
from integration.models import Merchant
from integration.oauth import authorizations


def is_connected(store: Store) -> bool:
    """Return True if connected, not archived, and the merchant's authorization is live."""
    return (
        store.connected_at is not None
        and store.archived_at is None
        and authorizations.is_live(store.merchant_id, NAME)
    )


def connect(stores: "QuerySet[Store]") -> None:
    """Connect the stores; those that are connected stay as they are."""
    stores.filter(connected_at=None).update(connected_at=timezone.now())


def disconnect(stores: "QuerySet[Store]") -> None:
    """Disconnect the stores; those that are not connected stay as they are."""
    stores.exclude(connected_at=None).update(connected_at=None, disconnected_at=timezone.now())


@transaction.atomic
def disconnect_merchant(merchant: Merchant) -> None:
    """End the merchant's authorization of the channel and disconnect all its stores."""
    authorizations.revoke_all(merchant.pk, NAME)
    disconnect(Store.objects.filter(merchant=merchant))


def begin_authorization(merchant: Merchant) -> None:
    """Drop connections of before: called with a new authorization, whose tokens are stored."""
    if authorizations.live_families(merchant.pk, NAME) == 1:
        disconnect(Store.objects.filter(merchant=merchant))
