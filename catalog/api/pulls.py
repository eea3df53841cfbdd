"""Pulls of a catalog: what is asked, and the answer from stored bytes (contract CAT)."""

import gzip
from typing import Any, NamedTuple

from catalog.models import CatalogSnapshot
from catalog.snapshots import query as snapshot_query
from catalog.snapshots import service as snapshots
from catalog.snapshots.query import Wanted
from integration.api import conditional
from integration.api.conditional import Header, StoredAnswer, Wish
from integration.api.text import filled
from integration.models import Authorization
from integration.oauth import authorizations, bearer, client_roles, tokens

SCOPE = "catalog:read"
LOCATION_HEADER = "X-Provider-Location-Id"
MERCHANT_HEADER = "X-Provider-Merchant-Id"


class Pull(NamedTuple):
    """The merchant and location that a request names, and what its client says of the answer."""

    merchant_id: str | None
    location_id: str | None
    wish: Wish

    @property
    def wanted(self) -> Wanted:
        if self.location_id:
            return searchable(self.location_id)
        return None if self.merchant_id else snapshot_query.ONLY_LOCATION

    def is_of(self, merchant_id: str) -> bool:
        """Return False if the request names another merchant than its token's."""
        return not self.merchant_id or self.merchant_id == merchant_id


def read(header: Header) -> Pull:
    wish = conditional.wish_of(header)
    # Our own tags are hex digests.
    known = frozenset(tag for tag in wish.known if tag == "*" or tag.isalnum())
    merchant_id, location_id = _id(header(MERCHANT_HEADER)), _id(header(LOCATION_HEADER))
    return Pull(merchant_id, location_id, wish._replace(known=known))


def at_once(header: Header) -> StoredAnswer | None:
    """Answer an ordinary pull with one question: a good token, and a catalog that is up to date.

    None: there is something to build, or to refuse.
    """
    token = bearer.token_in(header("Authorization"))
    if not token:
        return None
    pull = read(header)
    snapshot = snapshots.find_with_token(
        tokens.checksum(token), pull.wanted, known_etags=pull.wish.known
    )
    if snapshot is None or not pull.is_of(snapshot.merchant.provider_id):
        return None
    if not _gives_access(snapshot):
        return None
    snapshots.note_pull(snapshot)
    return answer(pull, snapshot)


def _gives_access(snapshot: Any) -> bool:
    """Check scope and client of the token that was found with the snapshot."""
    if SCOPE not in snapshot.token_scope.split():
        return False
    if not client_roles.is_named(snapshot.client_role, snapshot.client_id):
        return False
    authorizations.note_use(
        Authorization(pk=snapshot.authorization_id, last_used_at=snapshot.last_used_at)
    )
    return True


def answer(pull: Pull, snapshot: CatalogSnapshot) -> StoredAnswer:
    """Return the answer for a snapshot that is up to date."""
    content: bytes = snapshot.content  # type: ignore[attr-defined]  # Annotated by the query.
    return conditional.stored_answer(
        pull.wish,
        snapshot.etag,
        varies_with=f"Authorization, {LOCATION_HEADER}, {MERCHANT_HEADER}",
        compressed=lambda: content,
        plain=lambda: gzip.decompress(content),
    )


def searchable(provider_id: str) -> str:
    """Replace NUL, which no ID contains and PostgreSQL rejects in text."""
    return provider_id.replace("\0", "\ufffd")


def _id(value: str) -> str | None:
    """Return the value of a header; None if it is missing or blank."""
    # WSGI hands over bytes as Latin-1; an invisible character is one in UTF-8.
    readable = value.encode("latin-1", "replace").decode("utf-8", "replace")
    return value.strip() if filled(readable) else None
