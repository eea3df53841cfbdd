"""Generation of tokens.

A token issued by a refresh is derived from the presented refresh token, with a key that only this
server has. Repeating the refresh therefore gives the same answer although only hashes are stored,
which recovers an answer lost on the way (contract TOK).
"""

import base64
import hashlib
import secrets
from collections.abc import Iterator

from django.conf import settings
from django.utils.crypto import salted_hmac
from oauthlib.common import Request


def access_token(request: Request) -> str:
    return _token("access", request)


def refresh_token(request: Request) -> str:
    return _token("refresh", request)


def checksum(token: str) -> str:
    """Return the SHA-256 under which a token or code is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived_pairs(presented: str) -> Iterator[tuple[str, str]]:
    """Yield the access and refresh token derived from the presented one, by each of our keys.

    The present SECRET_KEY comes first, then those before it, under which an answer that was lost
    may have been made.
    """
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield _derived("access", presented, key), _derived("refresh", presented, key)


def _token(kind: str, request: Request) -> str:
    if request.grant_type != "refresh_token":
        return secrets.token_urlsafe(32)
    return _derived(kind, request.refresh_token, settings.SECRET_KEY)


def _derived(kind: str, presented: str, key: str) -> str:
    mac = salted_hmac(f"integration.oauth.{kind}", presented, secret=key, algorithm="sha256")
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()
