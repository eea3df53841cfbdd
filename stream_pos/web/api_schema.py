"""The published API schema: authentication, base path, the OAuth endpoints and Stream Events."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer

from .api_paths import STREAM_EVENTS


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # By its metaclass.
    """Bearer token authentication in the schema."""

    target_class = "integration.oauth.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # By its metaclass.
    """Session cookie authentication in the schema."""

    target_class = "catalog.api.availability_view.PageSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "Sign in at /account/sign-in/; send the CSRF cookie as X-CSRFToken.",
        }


class SchemaPage(BaseRenderer):
    """The schema as a page, for those who open its address in a browser."""

    media_type = "text/html"
    format = "html"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> str:
        text = OpenApiYamlRenderer().render(data).decode()  # type: ignore[no-untyped-call]  # Untyped there.
        request = renderer_context["request"]._request
        return render_to_string("api_schema.html", {"schema": text}, request=request)


class SchemaView(SpectacularAPIView):
    """The schema in YAML, in JSON, or as a page."""

    renderer_classes = [*SpectacularAPIView.renderer_classes, SchemaPage]


def keep_one_base_path(endpoints: list[Any]) -> list[Any]:
    """List each endpoint once; those for Stream are also served under /v1/."""
    base_paths = ("/stream-pos/v1/", "/api/v1/")
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(base_paths)]


def add_plain_endpoints(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the endpoints that are not REST framework views (contract AUTH, TOK, EV)."""
    result["paths"] |= {
        "/stream-pos/v1/authorize": {"get": _AUTHORIZE},
        "/stream-pos/v1/token": {"post": _TOKEN},
        STREAM_EVENTS: {"post": _EVENTS},
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
    "description": "Opened in the merchant's browser: sign in, consent, return with a code.",
    "parameters": [
        _query("client_id", "The id given to Stream.", required=True),
        _query("response_type", "code", required=True),
        _query("redirect_uri", "Exactly one of STREAM_REDIRECT_URIS.", required=True),
        _query("state", "Returned unchanged."),
        _query("scope", "Scopes separated by spaces; defaults to all."),
        _query("code_challenge", "PKCE, honored if sent."),
        _query("code_challenge_method", "S256"),
    ],
    "responses": {
        "200": {"description": "The sign-in form, or the consent page."},
        "302": {"description": "Redirect to redirect_uri with code and state, or with error."},
        "400": {"description": "Error page: client_id or redirect_uri is invalid."},
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
    "description": "Exchange an authorization code or refresh token. HTTP Basic is accepted too.",
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
        "401": {"description": "Invalid client id or secret."},
        "413": {"description": "The body exceeds 64 kB."},
    },
}
_EVENTS = {
    "operationId": "stream_events",
    "tags": ["stream-events"],
    "security": [],
    "description": "Stream's events; each is stored once. See docs/stream-events.md.",
    "parameters": [
        {
            "name": "X-Stream-Signature",
            "in": "header",
            "required": True,
            "description": "HMAC-SHA256 of the body, hex or base64.",
            "schema": {"type": "string"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _object(
                    ["type", "location_id", "order"],
                    type="string",
                    location_id="string",
                    reference_id="string",
                    order="object",
                )
            }
        },
    },
    "responses": {
        "201": {
            "description": "Stored, now or before.",
            "content": {"application/json": {"schema": {"type": "string"}}},
        },
        "400": {"description": "No JSON object with a text in type."},
        "401": {"description": "The signature is missing or wrong."},
        "413": {"description": "The body exceeds 1 MB."},
    },
}
