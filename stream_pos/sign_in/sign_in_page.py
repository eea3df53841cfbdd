"""The sign-in page in answer to a form whose session has ended: it keeps the form."""

from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from . import kept_forms


@never_cache
def respond(request: HttpRequest, form: kept_forms.KeptForm) -> HttpResponse:
    context = {
        "form": AuthenticationForm(request),
        "action": reverse("sign-in"),
        "connecting": "",
        "next": form.address,
        "kept": kept_forms.sealed(form),
        "is_session_over": True,
    }
    return render(request, "account/sign_in.html", context, status=403)
