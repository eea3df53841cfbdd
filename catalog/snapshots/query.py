"""Read the snapshot for a pull, its current revision and its bytes in one query."""

from collections.abc import Callable
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    F,
    FilteredRelation,
    Min,
    Q,
    Subquery,
)
from django.db.models.query import QuerySet
from django.utils import timezone

from catalog.models import CatalogSnapshot, Location
from catalog.revisions.counter import with_revision
from integration.db.compiled import CompiledQuery, ListParameter, Parameter
from integration.models import AccessToken, Merchant

from . import body_store

# Per process; the body of 5,000 dishes takes a third of a megabyte.
_memory = body_store.BodyCache(most_bytes=64 * 2**20, most_bodies=256)
# The merchants of the tokens seen last tell which bodies need not be sent; nothing else.
_merchants: dict[str, int] = {}
_MOST_TOKENS = 1_000


class OnlyLocation:
    """The merchant's location, when it has exactly one."""


ONLY_LOCATION: Final = OnlyLocation()
# A location's provider_id, or the only location; None is the merchant's global catalog.
Wanted = str | OnlyLocation | None


def find(
    merchant: Merchant, wanted: Wanted, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot | None:
    """Return the snapshot with `current_revision` and `content`, its compressed bytes.

    The content stays empty when its ETag is among the known ones.
    """
    remembered = _memory.of(merchant.pk)
    values = {"merchant": merchant.pk, "known_etags": [*known_etags, *remembered]}
    snapshot = _BY_MERCHANT.first(wanted, values)
    return _with_content(snapshot, known_etags, remembered)


def find_with_token(
    checksum: str, wanted: Wanted, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot | None:
    """Return the snapshot of the merchant of a good token, with its merchant and `token_scope`.

    The caller makes sure that the settings still name the client of the token's authorization:
    `client_id` for `client_role`; it was `last_used_at` then, and its key is `authorization_id`.
    """
    remembered = _memory.of(_merchants.get(checksum, 0))
    values = {"checksum": checksum, "now": timezone.now()}
    snapshot = _BY_TOKEN.first(wanted, values | {"known_etags": [*known_etags, *remembered]})
    if snapshot is not None and _merchants.get(checksum) != snapshot.merchant_id:
        if len(_merchants) >= _MOST_TOKENS:
            _merchants.clear()
        _merchants[checksum] = snapshot.merchant_id
    return _with_content(snapshot, known_etags, remembered)


def _with_content(
    snapshot: Any, known_etags: frozenset[str], remembered: dict[str, bytes]
) -> CatalogSnapshot | None:
    if snapshot is None:
        return None
    snapshot.content = b""
    if snapshot.etag not in known_etags:
        stored = snapshot.stored
        content = bytes(stored) if stored is not None else remembered.get(snapshot.etag, b"")
        _memory.add(snapshot.merchant_id, snapshot.etag, content)
        snapshot.content = content
    result: CatalogSnapshot = snapshot
    return result


class _Queries:
    """The queries for each thing wanted, among snapshots with the key of their merchant."""

    def __init__(self, snapshots: "Callable[[], QuerySet[CatalogSnapshot]]", merchant: Any) -> None:
        self._snapshots, self._merchant = snapshots, merchant
        self._global = CompiledQuery(lambda: self._with_body().filter(location=None))
        self._only = CompiledQuery(self._of_only_location)
        self._named = CompiledQuery(self._of_named_location)

    def first(self, wanted: Wanted, values: dict[str, Any]) -> Any:
        if wanted is None:
            return next(self._global.objects(**values), None)
        if isinstance(wanted, OnlyLocation):
            return next(self._only.objects(**values), None)
        return next(self._named.objects(**values, provider_id=wanted), None)

    def _with_body(self) -> "QuerySet[CatalogSnapshot]":
        """Select the snapshots; `stored` are the bytes, unless their ETag is known."""
        unknown = ~Q(shared_body__etag__among=ListParameter("known_etags", CharField()))
        return (
            with_revision(self._snapshots())
            .annotate(body_to_send=FilteredRelation("shared_body", condition=unknown))
            .annotate(stored=F("body_to_send__content"))
            .defer(*CatalogSnapshot.HEAVY)
            .order_by()
        )

    def _of_named_location(self) -> "QuerySet[CatalogSnapshot]":
        return self._with_body().filter(
            location__provider_id=Parameter("provider_id", CharField()), location__archived_at=None
        )

    def _of_only_location(self) -> "QuerySet[CatalogSnapshot]":
        only = (
            Location.objects.filter(merchant_id=self._merchant, archived_at=None)
            .order_by()
            .values("merchant_id")
            .annotate(count=Count("pk"), only=Min("pk"))
            .filter(count=1)
            .values("only")
        )
        return self._with_body().filter(location_id=Subquery(only))


_MERCHANT = Parameter("merchant", BigIntegerField())
_CHECKSUM = Parameter("checksum", CharField())


def _of_merchant() -> "QuerySet[CatalogSnapshot]":
    return CatalogSnapshot.objects.filter(merchant_id=_MERCHANT)


def _of_token() -> "QuerySet[CatalogSnapshot]":
    """Select by the conditions of `integration.oauth.access_tokens`."""
    authorization = "merchant__accesstoken__authorization"
    return (
        CatalogSnapshot.objects.filter(
            **{f"{authorization}__epoch": F("merchant__accesstoken__epoch")},
            merchant__accesstoken__token_checksum=_CHECKSUM,
            merchant__accesstoken__expires__gt=Parameter("now", DateTimeField()),
        )
        .select_related("merchant")
        .annotate(token_scope=F("merchant__accesstoken__scope"))
        .annotate(authorization_id=F(f"{authorization}__pk"))
        .annotate(client_role=F(f"{authorization}__role"))
        .annotate(client_id=F(f"{authorization}__client_id"))
        .annotate(last_used_at=F(f"{authorization}__last_used_at"))
    )


_BY_MERCHANT = _Queries(_of_merchant, _MERCHANT)
_BY_TOKEN = _Queries(
    _of_token, Subquery(AccessToken.objects.filter(token_checksum=_CHECKSUM).values("merchant_id"))
)
