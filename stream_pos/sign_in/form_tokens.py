"""Who was signed in when this browser got a form: a signed cookie of earlier CSRF tokens.

Each sign-in changes the token. An earlier one never makes a request valid; it only tells whose
form it was, and that the form came from a page of ours.
"""

import re
from collections.abc import Mapping

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.middleware import csrf
from django.utils.crypto import salted_hmac

NOBODY = ""  # A form from before the sign-in.
COOKIE = "form_tokens"
_SALT = "stream_pos.sign_in.form_tokens"
_MOST = 10
_AGE_SECONDS = 365 * 86400  # As long as Django keeps the token itself.
_MASKED = re.compile(r"[A-Za-z0-9]{64}\Z")


def present(request: HttpRequest) -> str:
    """Return the token's secret that holds now; empty without one."""
    return str(request.META.get("CSRF_COOKIE") or "")


def remember(request: HttpRequest, response: HttpResponse, secrets: Mapping[str, str]) -> None:
    """Add secrets, each with the key of its person, to the cookie."""
    known = _known(request)
    for secret, person in secrets.items():
        # A page that the person opened after the sign-in says more than one from before it.
        known[_digest(secret)] = person or known.get(_digest(secret), NOBODY)
    latest = list(known.items())[-_MOST:]
    response.set_cookie(
        COOKIE,
        signing.dumps(latest, salt=_SALT),
        max_age=_AGE_SECONDS,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def person_of_form(request: HttpRequest) -> str | None:
    """Return the key of the person whose form this is; None if it may be no form of ours."""
    token = request.POST.get("csrfmiddlewaretoken", "")
    if not _MASKED.match(token):
        return None
    return _known(request).get(_digest(_secret(token)))


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        stored = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)
    except signing.BadSignature:
        return {}
    return dict(stored)


def _secret(token: str) -> str:
    secret: str = csrf._unmask_cipher_token(token)  # type: ignore[attr-defined]  # private
    return secret


def _digest(secret: str) -> str:
    return salted_hmac(_SALT, secret, algorithm="sha256").hexdigest()[:32]
