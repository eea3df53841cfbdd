"""Signatures of outgoing events: Stream's own (contract WH) and that of Standard Webhooks."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable


def signature(body: bytes, *, secret: str, encoding: str) -> str:
    """Return the HMAC-SHA256 of the exact bytes; the key is the secret as UTF-8.

    `encoding` is hex or base64.
    """
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def standard_signature(event_id: str, timestamp: int, body: str, secrets: Iterable[str]) -> str:
    """Return the `webhook-signature` header: one signature per secret, separated by spaces.

    `timestamp` is in Unix seconds. standardwebhooks.com, specification, "Signature scheme".
    """
    signed = f"{event_id}.{timestamp}.{body}".encode()
    digests = (hmac.new(_standard_key(secret), signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest.digest()).decode()}" for digest in digests)


def _standard_key(secret: str) -> bytes:
    """Return the key: base64 after the prefix `whsec_`, otherwise the secret itself."""
    prefix, mark, encoded = secret.partition("whsec_")
    if mark and not prefix:
        try:
            return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except binascii.Error:
            pass  # It only looks like a prefixed secret.
    return secret.encode()
