"""What the published API schema shows."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # By its metaclass.
    """How our authentication stands in the schema."""

    target_class = "integration.oauth.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # By its metaclass.
    """The cookie of our own pages."""

    target_class = "catalog.api.availability_view.PageSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "Sign in at /account/sign-in/; send the CSRF cookie as X-CSRFToken.",
        }


def only_one_base_path(endpoints: list[Any]) -> list[Any]:
    """What Stream is served answers under /v1/ too; the schema shows it once."""
    shown = ("/stream-pos/v1/", "/api/v1/")
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(shown)]


def with_oauth(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Adds the two addresses that are no REST framework views (contract AUTH, TOK)."""
    result["paths"] |= {
        "/stream-pos/v1/authorize": {"get": _AUTHORIZE},
        "/stream-pos/v1/token": {"post": _TOKEN},
    }
    return result


def _query(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }


def _object(required: list[str], **properties: str) -> dict[str, Any]:
    fields = {name: {"type": kind} for name, kind in properties.items()}
    return {"type": "object", "required": required, "properties": fields}


_AUTHORIZE = {
    "operationId": "authorize",
    "tags": ["oauth"],
    "security": [],
    "description": "Opened in the merchant's browser: sign-in, consent, and back with a code.",
    "parameters": [
        _query("client_id", "The id given to Stream.", required=True),
        _query("response_type", "code", required=True),
        _query("redirect_uri", "One of STREAM_REDIRECT_URIS, to the letter.", required=True),
        _query("state", "Comes back unchanged."),
        _query("scope", "Scopes by blank; all of them when it is missing."),
        _query("code_challenge", "PKCE, honoured when sent."),
        _query("code_challenge_method", "S256"),
    ],
    "responses": {
        "200": {"description": "The sign-in form, or the consent page."},
        "302": {"description": "Back to redirect_uri with code and state, or with error."},
        "400": {"description": "client_id or redirect_uri is wrong: an error page."},
    },
}
_REQUEST = _object(
    ["grant_type"],
    grant_type="string",
    client_id="string",
    client_secret="string",  # noqa: S106  # The type of a field.
    code="string",
    redirect_uri="string",
    refresh_token="string",  # noqa: S106  # The type of a field.
)
_TOKEN = {
    "operationId": "token",
    "tags": ["oauth"],
    "security": [],
    "description": "Exchanges an authorization code or a refresh token; Basic works, too.",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _REQUEST},
            "application/x-www-form-urlencoded": {"schema": _REQUEST},
        },
    },
    "responses": {
        "201": {
            "description": "Tokens; expire_time and refresh_token_expire_time are epoch ms.",
            "content": {
                "application/json": {
                    "schema": _object(
                        ["access_token", "refresh_token", "expire_time", "id"],
                        access_token="string",  # noqa: S106  # The type of a field.
                        refresh_token="string",  # noqa: S106  # The type of a field.
                        token_type="string",  # noqa: S106  # The type of a field.
                        expires_in="integer",
                        scope="string",
                        expire_time="integer",
                        refresh_token_expire_time="integer",  # noqa: S106  # The type of a field.
                        id="string",
                        email="string",
                        sso_details="object",
                    )
                }
            },
        },
        "400": {"description": "An RFC 6749 §5.2 error."},
        "401": {"description": "The client id or secret is wrong."},
        "413": {"description": "The body is larger than 64 kB."},
    },
}
