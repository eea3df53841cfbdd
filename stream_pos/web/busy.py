"""The answer while this process does as much slow work as it may do at a time."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integration.bounded.turns import Busy
from integration.password_hasher import HashingBusy

GetResponse = Callable[[HttpRequest], HttpResponse]


class BusyWithSlowWork:
    """Answer 503 with Retry-After while too many passwords, images or exports are in work."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Busy | HashingBusy):
            return None
        response = render(None, "busy.html", status=503)
        response["Retry-After"] = "2"
        # Strangers can cause this as often as they like; Django would log each as an error.
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own attribute.
        return response
