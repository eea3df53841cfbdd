"""Channel keys: shown once when made, kept as a checksum, found by one query."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import CharField, F, Q, QuerySet
from django.utils import timezone

from dsp.models import ChannelKey, Store
from integration.db.compiled import CompiledQuery, Parameter
from integration.models import Merchant

_BEGINNING = "chk_"
_SHOWN_LENGTH = 10
_USE_NOTED_EVERY = timedelta(hours=1)


class KeyHolder(NamedTuple):
    """The front end that calls: what it may see."""

    key_id: int
    name: str
    merchant: Merchant
    store_ids: frozenset[int] | None  # None: all stores of the merchant.

    @property
    def scope(self) -> str:
        """Return the name under which its idempotency keys are its own."""
        return f"key:{self.key_id}"

    def stores(self) -> "QuerySet[Store]":
        """Return the stores it may see, without archived ones."""
        stores = Store.objects.filter(merchant=self.merchant, archived_at=None)
        return stores if self.store_ids is None else stores.filter(pk__in=self.store_ids)


@transaction.atomic
def create(
    merchant: Merchant, *, name: str, stores: Collection[Store] = (), created_by: str = ""
) -> tuple[ChannelKey, str]:
    """Make a key for these stores of the merchant, or for all; return it and its secret text."""
    text = f"{_BEGINNING}{secrets.token_urlsafe(32)}"
    key = ChannelKey.objects.create(
        merchant=merchant,
        is_limited=bool(stores),
        name=name,
        checksum=checksum(text),
        beginning=text[:_SHOWN_LENGTH],
        created_by=created_by,
    )
    key.stores.set(stores)
    return key, text


def revoke(key: ChannelKey) -> None:
    """End the key at once; a repeat keeps the first time."""
    ChannelKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


def find(text: str) -> KeyHolder | None:
    """Return the holder of a key that is not revoked, and note its use now and then."""
    rows = list(_KEY.objects(checksum=checksum(text)))
    if not rows:
        return None
    key = rows[0]
    note_use(key.pk, key.last_used_at)
    # The only row of a key without stores has none.
    stores = frozenset(row.store_key for row in rows if row.store_key is not None)
    store_ids = stores if key.is_limited or stores else None
    return KeyHolder(key.pk, key.name, key.merchant, store_ids)


def note_use(key_id: int, last_used_at: datetime | None) -> None:
    """Note that the key is in use, unless that was noted lately."""
    now = timezone.now()
    if last_used_at is None or last_used_at <= now - _USE_NOTED_EVERY:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_NOTED_EVERY)
        ChannelKey.objects.filter(unnoted, pk=key_id).update(last_used_at=now)


def checksum(text: str) -> str:
    """Return the SHA-256 under which a key is kept."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _by_checksum() -> "QuerySet[Any]":
    """Select a key once for each of its stores."""
    return (
        ChannelKey.objects.filter(checksum=Parameter("checksum", CharField()), revoked_at=None)
        .select_related("merchant")
        .annotate(store_key=F("stores__pk"))
        .order_by()
    )


_KEY = CompiledQuery(_by_checksum)
