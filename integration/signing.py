"""The signature on what we send to Stream (contract WH)."""

import base64
import hashlib
import hmac


def signature(body: bytes, *, secret: str, encoding: str) -> str:
    """HMAC-SHA256 of the exact bytes under the secret as UTF-8; `encoding` is hex or base64."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
