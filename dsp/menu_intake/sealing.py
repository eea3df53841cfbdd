"""Encryption of menu addresses at rest: a signed one is a key to the file until it expires.

The key comes from SECRET_KEY, so menus that wait while it is exchanged have to be published again.
"""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(address: str) -> bytes:
    return _cipher().encrypt(address.encode())


def unseal(sealed: bytes) -> str | None:
    """Return the address, or None if it was sealed under another SECRET_KEY."""
    try:
        return _cipher().decrypt(sealed).decode()
    except InvalidToken:
        return None


def _cipher() -> Fernet:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"dsp.menu_intake.sealing", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
