"""Settings of django-oauth-toolkit: our own models, storage and answers."""

from typing import Any


def rules(*, access_seconds: int, refresh_seconds: int, schemes: list[str]) -> dict[str, Any]:
    """Return the toolkit's settings; `schemes` are those allowed in redirect URIs."""
    return {
        "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.WebApplicationServer",
        "OAUTH2_BACKEND_CLASS": "integration.oauth.backend.StreamCore",
        "OAUTH2_VALIDATOR_CLASS": "integration.oauth.validator.StreamValidator",
        "ACCESS_TOKEN_GENERATOR": "integration.oauth.tokens.access_token",
        "REFRESH_TOKEN_GENERATOR": "integration.oauth.tokens.refresh_token",
        "CLIENT_SECRET_HASHER": "keyed_sha256",
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
