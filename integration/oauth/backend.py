"""The toolkit's view of an authorization request: our parameters and nothing else."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore

from integration.api.text import is_blank

from . import client_roles

PARAMETERS = frozenset(
    {
        *("client_id", "response_type", "redirect_uri", "state", "scope"),
        *("code_challenge", "code_challenge_method"),
    }
)


class StreamCore(OAuthLibCore):
    """Hide from the toolkit all other parameters, and those without a value (RFC 6749 §3.1).

    Unknown parameters are ignored (contract ALL), so they can neither move the code to another
    part of the URL nor reach a column that cannot hold them. The role of the page is added.
    """

    def _extract_params(self, request: HttpRequest) -> tuple[str, str | None, str, dict[str, Any]]:
        # Repeated parameters stay repeated: oauthlib refuses them.
        parameters = parse_qsl(request.META.get("QUERY_STRING", ""))
        known = [
            (name, value)
            for name, value in parameters
            if name in PARAMETERS and not is_blank(value)
        ]
        role: client_roles.ClientRole = request.client_role  # type: ignore[attr-defined]  # The view's.
        query = urlencode([*known, (client_roles.PARAMETER, role.name)])
        return f"{request.path}?{query}", request.method, "", self.extract_headers(request)
