"""Identity of orders, and which repeats have the same content (contract ORD-NEW)."""

import hashlib

import orjson

from integration.api.text import key

from . import content
from .schema import Order as SentOrder

NO_IDENTITY = "idempotency_key is missing, and so is the channel's order id: send one of them."
REUSED_REASON = (
    "An order with this key was accepted before with different content. Send a new key for a new"
    " order; to change an order, cancel it and send it again."
)
KEY_REUSED = "The key came again with other content"  # The text in the order history.
_VERSION = "2:"  # Before the fingerprints that compare normalized content; others have none.
_DIGITS = 62  # With the version, as long as the column.


def identities_of(sent: SentOrder) -> list[str]:
    """Return the SHA-256 of the values that identify the order within its location.

    A second one is that of orders from when the case of `source` counted; empty if the order has
    no identity. A blank key, and one that is a program's slip, is no key (contract ORD-NEW).
    """
    if named := key(sent.idempotency_key):
        return [_sha256(["key", named])]
    source = key(sent.source) or ""
    if named := key(sent.dsp_order_id):
        kind = "dsp"
    elif named := key(sent.source_order_id):
        kind = "source"
    else:
        return []
    spellings = dict.fromkeys((source.strip().lower(), source))
    return [_sha256([kind, spelling, named]) for spelling in spellings]


def fingerprint_of(sent: SentOrder, currency: str) -> str:
    """Return what is stored to recognize repeats: the version, and a digest of the content."""
    return _VERSION + _sha256(content.normalized(sent, currency))[:_DIGITS]


def is_same_content(sent: SentOrder, currency: str, stored: str) -> bool:
    """Tell whether the order repeats the accepted one that has this stored fingerprint.

    Orders from before the version are compared as they were then.
    """
    if stored.startswith(_VERSION):
        return stored == fingerprint_of(sent, currency)
    return stored == _sha256(content.as_sent(sent))


def _sha256(comparable: object) -> str:
    return hashlib.sha256(orjson.dumps(comparable, option=orjson.OPT_SORT_KEYS)).hexdigest()
