"""Middleware for pages that stay open: their session, their person, and forms of ended sessions."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse

from . import form_tokens, kept_forms, sessions, sign_in_page

GetResponse = Callable[[HttpRequest], HttpResponse]
_OPENED_BY = "HTTP_X_OPENED_BY"  # In META: request.headers takes a while to make.


class OpenPages:
    """Serve pages that stay open for days."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_of_other_person(request):
            return HttpResponse("Another person is signed in.", status=409)
        response = self.get_response(request)
        session = request.session
        if session.accessed and not session.modified and SESSION_KEY in session:
            sessions.renew(request, response)
        return _keep_form(request, response)


def _is_of_other_person(request: HttpRequest) -> bool:
    """Tell if a script's page was opened by a person other than the one signed in now.

    The script sends the token that holds now, so nothing else would stop the press.
    """
    opened_by: str | None = request.META.get(_OPENED_BY)
    if opened_by is None or not request.user.is_authenticated:
        return False
    return opened_by != str(request.user.pk)


def _keep_form(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep a form that met the end of its session: ask to sign in with the form at hand."""
    if request.method != "POST" or response.status_code != 302 or request.user.is_authenticated:
        return response
    # The admin has an address of its own, which redirects.
    sign_in = {resolve_url(settings.LOGIN_URL), reverse("admin:login")}
    if request.path in sign_in or response["Location"].partition("?")[0] not in sign_in:
        return response
    owner = form_tokens.person_of_form(request)
    if not owner:
        return response
    return sign_in_page.respond(request, kept_forms.of(request, owner))
