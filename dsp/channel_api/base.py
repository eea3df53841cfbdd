"""The base of the API's views."""

from collections.abc import Callable
from typing import Any

import orjson
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dsp.models import Store
from dsp.ordering.refusals import Malformed, NotFound
from integration.api.request_body import read_body

from .authentication import ChannelKeyAuthentication, HoldsKey, holder_of
from .errors import answer_for

_BODY_LIMIT = 1_000_000


class ChannelView(APIView):
    """A view for front ends with a channel key."""

    authentication_classes = [ChannelKeyAuthentication]
    permission_classes = [HoldsKey]
    schema = None  # The document of this API is written by hand: openapi.yaml.

    def get_exception_handler(self) -> "Callable[[Exception, dict[str, Any]], Response | None]":
        return answer_for


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body. Raises Malformed and BodyTooLarge."""
    try:
        body = orjson.loads(read_body(request._request, limit=_BODY_LIMIT))
    except ValueError as error:
        raise Malformed("The body is not JSON in UTF-8.") from error
    if not isinstance(body, dict):
        raise Malformed("The body must be an object.")
    return body


def store_of(request: Request, store_id: str) -> Store:
    """Return a store that the caller may see. Raises NotFound."""
    store = holder_of(request).stores().filter(provider_id=searchable(store_id)).first()
    if store is None:
        raise NotFound("There is no such store.")
    return store


def searchable(provider_id: str) -> str:
    """Replace NUL, which no ID contains and PostgreSQL rejects in text."""
    return provider_id.replace("\0", "\ufffd")
