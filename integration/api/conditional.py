"""Conditional requests, and answers that are stored compressed (RFC 9110)."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

# Set in a request's environment by a web server that found no stored answer itself.
WAS_SOUGHT = "integration.stored_answer_was_sought"
# Returns the value of a header as WSGI has it; empty if it is missing.
Header = Callable[[str], str]

GZIP_TAG = "-gzip"
_ZERO_WEIGHTS = ("q=0", "q=0.0", "q=0.00", "q=0.000")


def known_etags(header: str) -> frozenset[str]:
    """Return the entity tags of an If-None-Match, for weak comparison (RFC 9110 §13.1.2).

    Strong tags differ between encodings: those of a compressed answer end in GZIP_TAG, which is
    taken off.
    """
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return frozenset(tag.removesuffix(GZIP_TAG) for tag in tags)


def accepts_gzip(header: str) -> bool:
    """Tell from the Accept-Encoding header if the client takes gzip (RFC 9110 §12.5.3)."""
    weights: dict[str, str] = {}
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = weight.replace(" ", "")
    return weights.get("gzip", weights.get("*", "q=0")) not in _ZERO_WEIGHTS


class Wish(NamedTuple):
    """The client's conditions: the tags of the answers that it has, and its encoding."""

    known: frozenset[str]
    takes_gzip: bool

    def has(self, etag: str) -> bool:
        return etag in self.known or "*" in self.known


def wish_of(header: Header) -> Wish:
    return Wish(known_etags(header("If-None-Match")), accepts_gzip(header("Accept-Encoding")))


class StoredAnswer(NamedTuple):
    """An answer from stored bytes, for any interface of a web server."""

    status: int
    headers: dict[str, str]
    content: bytes

    def response(self) -> HttpResponse:
        response = HttpResponse(self.content, status=self.status, headers=self.headers)
        if self.status == 304:
            del response["Content-Type"]
        return response


def stored_answer(
    wish: Wish,
    etag: str,
    *,
    varies_with: str,
    compressed: Callable[[], bytes],
    plain: Callable[[], bytes],
) -> StoredAnswer:
    """Return the JSON with this tag, or 304 if the client has it."""
    headers = {
        # Strong validators must differ between encodings (RFC 9110 §8.8.3).
        "ETag": f'"{etag}{GZIP_TAG if wish.takes_gzip else ""}"',
        "Vary": f"Accept-Encoding, {varies_with}",
        "Cache-Control": "private, no-cache",
    }
    if wish.has(etag):
        return StoredAnswer(304, headers, b"")
    headers["Content-Type"] = "application/json"
    if not wish.takes_gzip:
        return StoredAnswer(200, headers, plain())
    headers["Content-Encoding"] = "gzip"
    return StoredAnswer(200, headers, compressed())


def header_of(request: HttpRequest) -> Header:
    """Return a function for the request's headers; `request.headers` takes a while to make."""
    meta = request.META
    return lambda name: str(meta.get(f"HTTP_{name.upper().replace('-', '_')}", ""))


def may_be_stored(request: HttpRequest) -> bool:
    """Tell whether a stored answer is to be sought: not again, and not for a form of its own."""
    return (
        request.method == "GET"
        and not request.META.get("QUERY_STRING")
        and WAS_SOUGHT not in request.META
    )
