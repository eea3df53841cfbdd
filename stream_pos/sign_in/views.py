"""Sign-in and sign-out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from stream_pos.web import sign_in_limit

from . import form_tokens, kept_forms, sessions

_IN_PLACE = "X-Sign-In-Place"  # Sent by the script of a page that stays open.


class SignIn(LoginView):
    """Sign in by e-mail and password, then continue to the requested page."""

    template_name = "account/sign_in.html"
    redirect_authenticated_user = False

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return sign_in_limit.refusal(request) or super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Remember whose forms are open in this browser: a new token begins."""
        request = self.request
        before = {form_tokens.present(request): _key_of_person(request)}
        response = super().form_valid(form)
        sessions.begin(request)
        person = _key_of_person(request)
        if _IN_PLACE in request.headers:
            response = JsonResponse({"person": person})
        elif request.POST.get("kept"):
            response = self._continue(person) or response
        form_tokens.remember(request, response, {**before, form_tokens.present(request): person})
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if _IN_PLACE not in self.request.headers:
            return super().form_invalid(form)
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"errors": sentences}, status=422)

    def _continue(self, person: str) -> HttpResponse | None:
        """Return the page that sends the kept form again, to its own person alone."""
        kept = kept_forms.opened(self.request.POST["kept"])
        if kept is not None and kept.person == person:
            return kept_forms.ask(self.request, kept)
        sentence = _("Your form was not sent: somebody else opened it, or it is too old.")
        messages.warning(self.request, sentence)
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        next_url = self.get_redirect_url()
        authorize_urls = tuple(
            reverse(name) for name in ("authorize", "short:authorize", "stream-dsp:authorize")
        )
        return super().get_context_data(
            **kwargs,
            action=reverse("sign-in"),
            connecting="Stream" if next_url.startswith(authorize_urls) else "",
        ) | {"next": next_url, "kept": self.request.POST.get("kept", "")}


class SignOut(LogoutView):
    """Sign out; `next` may name a page of this site to continue to."""

    http_method_names = ["post", "options"]


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer after too many failed sign-ins (django-axes)."""
    minutes = int(float(settings.AXES_COOLOFF_TIME) * 60)
    return render(request, "account/locked_out.html", {"cooloff_minutes": minutes}, status=429)


def _key_of_person(request: HttpRequest) -> str:
    return str(request.user.pk) if request.user.is_authenticated else form_tokens.NOBODY
