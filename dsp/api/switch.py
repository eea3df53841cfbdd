"""The switch of the role: without a client there is nothing at its addresses."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def while_on(view: View) -> View:
    """Answer 404 in place of the view while STREAM_DSP_CLIENT_ID is not set."""

    @wraps(view)
    def switched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.STREAM_DSP_CLIENT_ID:
            raise Http404
        return view(request, *args, **kwargs)

    return switched
