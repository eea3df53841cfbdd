"""Encryption of menu addresses at rest: a signed one is a key to the file until it expires.

The key comes from SECRET_KEY. Menus that wait while it is exchanged have to be published again,
unless the one before is among SECRET_KEY_FALLBACKS.
"""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(address: str) -> bytes:
    return _cipher(settings.SECRET_KEY).encrypt(address.encode())


def unseal(sealed: bytes) -> str | None:
    """Return the address, or None if it was sealed under a SECRET_KEY that we have no more."""
    keys = [_cipher(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    try:
        return MultiFernet(keys).decrypt(sealed).decode()
    except InvalidToken:
        return None


def _cipher(secret_key: str) -> Fernet:
    key = hmac.digest(secret_key.encode(), b"dsp.menu_intake.sealing", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
