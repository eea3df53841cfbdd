"""The page for a form whose CSRF token does not hold: a kind one if the form was ours."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse

from . import form_tokens, kept_forms, sign_in_page

_GUESTS = "/order/"  # Pages on which nobody is signed in.


def respond(request: HttpRequest, reason: str = "", **options: Any) -> HttpResponse:
    """Offer to send the form again to the person who opened it, and to nobody else."""
    owner = form_tokens.person_of_form(request)
    if owner is None or request.path == resolve_url(settings.LOGIN_URL):
        return render(request, "403_csrf.html", {"reason": reason}, status=403)
    form = kept_forms.of(request, owner)
    if owner == form_tokens.NOBODY:
        if request.path.startswith(_GUESTS):
            return kept_forms.ask(request, form, status=403)
        return render(request, "403_csrf.html", {"reason": reason}, status=403)
    if not request.user.is_authenticated:
        return sign_in_page.respond(request, form)
    if str(request.user.pk) != owner:
        return other_person(request)
    return kept_forms.ask(request, form, status=403)


def other_person(request: HttpRequest) -> HttpResponse:
    """Say that the form was opened under another account."""
    return render(request, "account/other_person.html", {"next_url": reverse("status")}, status=403)
