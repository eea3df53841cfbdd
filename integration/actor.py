"""Who is at work: the person of the request, or what runs without one. The history says so."""

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
    """Middleware, after the one that signs people in; looks nobody up before something changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """What is changed inside happens for this reason, such as `BY_THE_CLOCK`."""
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


@contextmanager
def on_behalf_of(person: User | None) -> Iterator[None]:
    """For what a worker does because somebody asked for it."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


def who() -> User | None:
    request = _request.get()
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else _person.get()


def why() -> str:
    return _reason.get()
