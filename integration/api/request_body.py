"""Reading of request bodies: once, as bytes, within a limit."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError


class BodyTooLarge(Exception):
    """The body has more bytes than the endpoint accepts."""


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """Return the whole body.

    Raise BodyTooLarge, without reading the body if its length was announced.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > limit:
        raise BodyTooLarge
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge from error
    except UnreadablePostError:
        return b""  # The sender hung up; an empty body is refused, and nobody reads the answer.
    if len(body) > limit:
        raise BodyTooLarge
    return body
