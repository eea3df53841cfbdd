"""Generation of tokens.

A token issued by a refresh is derived from the presented refresh token, with a key that only this
server has. Repeating the refresh therefore gives the same answer although only hashes are stored,
which recovers an answer lost on the way (contract TOK).
"""

import base64
import hashlib
import secrets

from django.utils.crypto import salted_hmac
from oauthlib.common import Request


def access_token(request: Request) -> str:
    return _token("access", request)


def refresh_token(request: Request) -> str:
    return _token("refresh", request)


def checksum(token: str) -> str:
    """Return the SHA-256 under which a token or code is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token(kind: str, request: Request) -> str:
    if request.grant_type != "refresh_token":
        return secrets.token_urlsafe(32)
    mac = salted_hmac(f"integration.oauth.{kind}", request.refresh_token, algorithm="sha256")
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()
