"""The authorize page: sign-in, consent and the redirect to Stream (contract AUTH).

The request is validated before sign-in and again at consent. It is in the query string both times,
so nothing depends on hidden fields.
"""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from csp.constants import SELF
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.http import OAuth2ResponseRedirect
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauth2_provider.settings import oauth2_settings
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from integration.api.text import is_blank
from integration.models import User
from integration.oauth import client_roles
from integration.oauth.backend import PARAMETERS
from integration.oauth.pos_role import POS

Credentials = dict[str, Any]
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.2.


class BadRequest(Exception):
    """There is no URI to redirect to, so the error is shown on a page."""


@method_decorator(never_cache, name="dispatch")
class AuthorizeView(View):
    """Show the sign-in form, then the consent form; answer with a redirect to Stream."""

    role: client_roles.ClientRole = POS
    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        request.client_role = self.role  # type: ignore[attr-defined]  # StreamCore reads it.
        try:
            self.scopes, self.credentials = _validated(request, self.role)
        except (BadRequest, FatalClientError) as error:
            return _error_page(request, _describe(error))
        except OAuthToolkitError as error:
            return self._redirect_with_error(error)
        response = super().dispatch(request, *args, **kwargs)
        # Browsers apply form-action also to the redirect that follows the form.
        origin = urlsplit(self.credentials["redirect_uri"])
        response._csp_update = {  # type: ignore[attr-defined]  # django-csp reads it.
            "form-action": [SELF, f"{origin.scheme}://{origin.netloc}"]
        }
        return response

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return self._sign_in(request)
        if not user.is_owner or user.merchant is None:
            return _not_an_owner(request, user)
        return self._consent(request, user)

    def post(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_owner:
            return self.get(request)
        allow = "allow" in request.POST and "deny" not in request.POST
        try:
            uri, *_rest = get_oauthlib_core().create_authorization_response(
                request, self.scopes, self.credentials, allow
            )
        except OAuthToolkitError as error:
            return self._redirect_with_error(error)
        return self._redirect(uri)

    def _redirect_with_error(self, error: OAuthToolkitError) -> HttpResponse:
        oauth_error = error.oauthlib_error
        return self._redirect(_with_query(oauth_error.redirect_uri or "", oauth_error.urlencoded))

    def _redirect(self, uri: str) -> HttpResponse:
        """Return to the client, and say who answers it (RFC 9207)."""
        issued = _with_query(uri, urlencode({"iss": self.role.issuer()}))
        return OAuth2ResponseRedirect(issued, oauth2_settings.ALLOWED_REDIRECT_URI_SCHEMES)

    def _sign_in(self, request: HttpRequest) -> HttpResponse:
        context = {
            "form": AuthenticationForm(request),
            "next": request.get_full_path(),
            "action": reverse("sign-in"),
            "connecting": self._application_name(),
        }
        return render(request, "account/sign_in.html", context)

    def _consent(self, request: HttpRequest, user: User) -> HttpResponse:
        described = self.role.scopes
        context = {
            "application_name": self._application_name(),
            "merchant": user.merchant,
            "account": user,
            "role": user.get_role_display(),
            "scopes": [{"name": name, "description": described[name]} for name in self.scopes],
            "tells_person": self.role.tells_person,
            "never": self.role.never,
            "redirect_host": urlsplit(self.credentials["redirect_uri"]).netloc,
            "current_url": request.get_full_path(),
        }
        return render(request, "authorize/consent.html", context)

    def _application_name(self) -> str:
        return client_roles.roles_of_client(self.credentials["client_id"])[0].display_name


def _validated(
    request: HttpRequest, role: client_roles.ClientRole
) -> tuple[list[str], Credentials]:
    """Validate the request; return its scopes and credentials.

    Raise BadRequest or FatalClientError if there is no trustworthy redirect URI, and
    OAuthToolkitError if the error belongs to the redirect URI.
    """
    sent = {name: _parameter(request, name) for name in sorted(PARAMETERS)}
    for name in ("client_id", "redirect_uri"):
        if not sent[name] or "\0" in sent[name]:  # PostgreSQL stores no NUL.
            raise BadRequest(f"invalid_request: {name} is missing or damaged.")
    if role not in client_roles.roles_of_client(sent["client_id"]):
        raise BadRequest("unauthorized_client: this client does not connect at this address.")
    try:
        scopes, credentials = get_oauthlib_core().validate_authorization_request(request)
    except ValueError as error:  # A query string that oauthlib cannot parse.
        raise BadRequest("invalid_request: the address is damaged.") from error
    _check_challenge(sent, credentials)
    return list(scopes), credentials


def _parameter(request: HttpRequest, name: str) -> str:
    """Return the parameter, empty without a value. Raises BadRequest if it has two values."""
    values = [value for value in request.GET.getlist(name) if not is_blank(value)]
    if len(values) > 1:  # oauthlib looks at some of them only.
        raise BadRequest(f"invalid_request: the address names {name} twice.")
    return values[0] if values else ""


def _check_challenge(sent: dict[str, str], credentials: Credentials) -> None:
    """Refuse a bad challenge before consent; the toolkit refuses `plain` only after it."""
    challenge = sent["code_challenge"]
    if not challenge:
        return
    if sent["code_challenge_method"] != "S256" or not _CHALLENGE.fullmatch(challenge):
        error = InvalidRequestError(
            "code_challenge must be 43 to 128 characters, with code_challenge_method=S256.",
            state=credentials.get("state"),
        )
        raise OAuthToolkitError(error, redirect_uri=credentials["redirect_uri"])


def _describe(error: Exception) -> str:
    if isinstance(error, FatalClientError):
        return f"{error.oauthlib_error.error}: {error.oauthlib_error.description}"
    return str(error)


def _error_page(request: HttpRequest, details: str) -> HttpResponse:
    context = {
        "title": _("This link cannot connect anything"),
        "explanation": _(
            "The address that brought you here does not name an application we know, or the page"
            " it wants to return to is not one of its own."
        ),
        "what_to_do": _("Go back to Stream and start connecting again from there."),
        "details": details,
    }
    return render(request, "authorize/refused.html", context, status=400)


def _not_an_owner(request: HttpRequest, user: User) -> HttpResponse:
    context = {
        "title": _("Only the owner can connect Stream"),
        "explanation": _("You are signed in as %(email)s, which is not an owner's account.")
        % {"email": user.email},
        "what_to_do": _("Ask your restaurant's owner to connect, or sign in as the owner."),
        "sign_out_next": request.get_full_path(),
    }
    return render(request, "authorize/refused.html", context, status=403)


def _with_query(uri: str, query: str) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{query}"
