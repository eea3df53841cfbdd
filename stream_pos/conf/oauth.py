"""Settings of OAuth: Stream's clients, and django-oauth-toolkit's with our own models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from . import env
from .generated_secrets import refuse_weak, secret

# The callback URLs of `manage.py sandbox`.
_STREAM_LOCALLY = {
    "STREAM_REDIRECT_URIS": "http://127.0.0.1:9000/oauth/callback",
    "STREAM_DSP_REDIRECT_URIS": "http://127.0.0.1:9000/callback/dsp",
}


class Client(NamedTuple):
    """A client as the settings name it; without an ID there is none.

    The other secrets are those before or after the present one, during its rotation.
    """

    client_id: str
    client_secret: str
    redirect_uris: list[str]
    other_secrets: Sequence[str] = ()


def pos_client(*, production: bool, data_dir: Path) -> Client:
    """Return the client of the POS role, which every deployment has."""
    name = "STREAM_CLIENT_SECRET"
    client = Client(
        env.text("STREAM_CLIENT_ID", "" if production else "stream-development"),
        secret(name, env.text(name), production=production, data_dir=data_dir),
        redirect_uris("STREAM_REDIRECT_URIS", production=production),
        other_secrets("STREAM_CLIENT_OTHER_SECRETS", production=production),
    )
    if not client.client_id:
        raise ImproperlyConfigured("STREAM_CLIENT_ID is not set: write the id given to Stream.")
    if not client.redirect_uris:
        raise ImproperlyConfigured("STREAM_REDIRECT_URIS is not set: write Stream's callback URL.")
    return client


def dsp_client(pos: Client, *, production: bool, data_dir: Path) -> Client:
    """Return the client of the DSP role, which is off without STREAM_DSP_CLIENT_ID."""
    client_id = env.text("STREAM_DSP_CLIENT_ID")
    is_shared = client_id == pos.client_id
    given = env.text("STREAM_DSP_CLIENT_SECRET", pos.client_secret if is_shared else "")
    others = other_secrets("STREAM_DSP_CLIENT_OTHER_SECRETS", production=production)
    uris = redirect_uris("STREAM_DSP_REDIRECT_URIS", production=production)
    if not client_id:
        return Client("", "", [])
    if is_shared and given != pos.client_secret:
        raise ImproperlyConfigured(
            "STREAM_DSP_CLIENT_ID is STREAM_CLIENT_ID: write STREAM_CLIENT_SECRET as"
            " STREAM_DSP_CLIENT_SECRET too, or another id."
        )
    if not uris:
        raise ImproperlyConfigured(
            "STREAM_DSP_REDIRECT_URIS is not set: write Stream's callback URL."
        )
    kept = secret("STREAM_DSP_CLIENT_SECRET", given, production=production, data_dir=data_dir)
    return Client(client_id, kept, uris, others)


def other_secrets(name: str, *, production: bool) -> list[str]:
    """Return the secrets that are valid beside the present one while one replaces the other."""
    others = env.string_list(name, [], separator=None)
    if production:
        for other in others:
            refuse_weak(name, other)
    return others


def redirect_uris(name: str, *, production: bool) -> list[str]:
    """Return the redirect URIs that a setting lists; public ones are https."""
    uris = env.http_urls(name, [] if production else [_STREAM_LOCALLY[name]])
    for uri in uris:
        if "#" in uri:  # RFC 6749 §3.1.2.
            raise ImproperlyConfigured(f"{name}: write {uri!r} without a fragment.")
        if production and urlsplit(uri).scheme != "https":
            raise ImproperlyConfigured(f"{name}: {uri!r} is not an https URL.")
    return uris


def rules(*, access_seconds: int, refresh_seconds: int, schemes: list[str]) -> dict[str, Any]:
    """Return the toolkit's settings; `schemes` are those allowed in redirect URIs."""
    return {
        "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.WebApplicationServer",
        "OAUTH2_BACKEND_CLASS": "integration.oauth.backend.StreamCore",
        "OAUTH2_VALIDATOR_CLASS": "integration.oauth.validator.StreamValidator",
        "ACCESS_TOKEN_GENERATOR": "integration.oauth.tokens.access_token",
        "REFRESH_TOKEN_GENERATOR": "integration.oauth.tokens.refresh_token",
        "ACCESS_TOKEN_EXPIRE_SECONDS": access_seconds,
        "REFRESH_TOKEN_EXPIRE_SECONDS": refresh_seconds,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "PKCE_REQUIRED": False,  # Stream sends no code_challenge; one that is sent is honored.
        "ALLOWED_REDIRECT_URI_SCHEMES": schemes,
        "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
        "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
        "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
        "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
        "SCOPES_BACKEND_CLASS": "integration.oauth.scopes.RoleScopes",
    }
