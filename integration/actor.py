"""The actor of a change, for the history: the user of the request, or a background job."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from .models import User

BY_THE_CLOCK, BY_COMMAND, BY_IMPORT = "by the clock", "by command", "by import"
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_person: ContextVar[User | None] = ContextVar("person", default=None)
_reason: ContextVar[str] = ContextVar("reason", default="")


class ActingPerson:
    """Middleware that remembers the request; the user is loaded only when something changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


@contextmanager
def change_reason(reason: str) -> Iterator[None]:
    """Attribute the changes inside to this reason, such as `BY_THE_CLOCK`."""
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


@contextmanager
def on_behalf_of(person: User | None) -> Iterator[None]:
    """Attribute the changes inside, made by a worker, to the user who requested them."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


def current_user() -> User | None:
    """Return the user who makes the present change, if any."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else _person.get()


def current_reason() -> str:
    """Return the reason of the present change; empty when there is none."""
    return _reason.get()
