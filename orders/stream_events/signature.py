"""Signatures of Stream's events: HMAC-SHA256 of the raw body (contract EV)."""

import base64
import binascii
import re
from collections.abc import Iterable
from hmac import compare_digest
from hmac import digest as hmac_digest

_PREFIX = "sha256="
_HEX = re.compile(r"[0-9a-fA-F]{64}")


def is_valid(header: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Tell whether any secret signed the body; takes the same time whichever did, or none.

    The header is hex or base64, with or without `sha256=`.
    """
    presented = _decoded(header.strip())
    matches = [
        compare_digest(hmac_digest(secret.encode(), body, "sha256"), presented)
        for secret in secrets
    ]
    return any(matches)


def _decoded(text: str) -> bytes:
    """Return the digest in the header; empty if it holds none."""
    if text[: len(_PREFIX)].lower() == _PREFIX:
        text = text[len(_PREFIX) :]
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):  # The latter for characters beyond ASCII.
        return b""
