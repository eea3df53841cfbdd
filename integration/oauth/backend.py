"""What of an authorization request reaches the toolkit: our parameters, and nothing else."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore

PARAMETERS = frozenset(
    {
        *("client_id", "response_type", "redirect_uri", "state", "scope"),
        *("code_challenge", "code_challenge_method"),
    }
)


class StreamCore(OAuthLibCore):
    """The toolkit knows more, such as response_mode and resource: here they are unknown.

    An unknown parameter is ignored (contract ALL), so it can neither move the code to another
    part of the address nor end in a column that cannot hold it.
    """

    def _extract_params(self, request: HttpRequest) -> tuple[str, str | None, str, dict[str, Any]]:
        # Repeated ones stay repeated: oauthlib refuses them.
        sent = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
        query = urlencode([(name, value) for name, value in sent if name in PARAMETERS])
        return f"{request.path}?{query}", request.method, "", self.extract_headers(request)
