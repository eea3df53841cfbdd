"""The metadata by which a client finds the endpoints of a role (RFC 8414)."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views import View

from integration.oauth import client_roles
from integration.oauth.pos_role import POS

from .token_view import GRANT_TYPES

_AUTHENTICATION = ["client_secret_basic", "client_secret_post"]


class MetadataView(View):
    """Describe the authorization server of one role; its routes are in `namespace`."""

    role: client_roles.ClientRole = POS
    namespace = ""
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse(
            {
                "issuer": self.role.issuer(),
                "authorization_endpoint": self._address("authorize"),
                "token_endpoint": self._address("token"),
                "revocation_endpoint": self._address("revoke"),
                "scopes_supported": list(self.role.scopes),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": list(GRANT_TYPES),
                "token_endpoint_auth_methods_supported": _AUTHENTICATION,
                "revocation_endpoint_auth_methods_supported": _AUTHENTICATION,
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            },
            headers={"Cache-Control": "max-age=3600"},
        )

    def _address(self, name: str) -> str:
        address = reverse(f"{self.namespace}:{name}" if self.namespace else name)
        return f"{settings.PUBLIC_URL}{address}"
