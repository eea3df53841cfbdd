"""Stored catalogs and guests' menus, found with one question and sent without Django's request.

What is not ordinary, such as a bad token or a catalog to build, is left to Django's views.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from catalog.api import pulls
from dsp.channel_api import stored_menu
from integration.api.conditional import Header, StoredAnswer
from integration.db import outages

from .. import refusals
from ..bridge import Response

log = logging.getLogger(__name__)
_CATALOGS = ("/v1/catalog", "/stream-pos/v1/catalog")
_STORES, _MENU = "/channel/v1/stores/", "/menu"

Scope = dict[str, Any]
Headers = dict[bytes, bytes]


def catalog(scope: Scope, headers: Headers) -> Response | None:
    if scope["path"] not in _CATALOGS:
        return None
    return _answer(scope, headers, pulls.at_once)


def menu(scope: Scope, headers: Headers) -> Response | None:
    path: str = scope["path"]
    store_id = path.removeprefix(_STORES).removesuffix(_MENU)
    is_plain = scope["raw_path"] == path.encode()
    if not settings.STREAM_DSP_CLIENT_ID or not is_plain or "/" in store_id:
        return None
    return _answer(scope, headers, lambda header: stored_menu.at_once(header, store_id))


def _answer(
    scope: Scope, headers: Headers, seek: Callable[[Header], StoredAnswer | None]
) -> Response | None:
    # Of a header that comes twice, Django sees both.
    is_ordinary = not scope["query_string"] and len(headers) == len(scope["headers"])
    if scope["method"] != "GET" or not is_ordinary:
        return None
    try:
        close_old_connections()  # As Django before and after each request.
        answer = seek(lambda name: headers.get(name.lower().encode(), b"").decode("latin-1"))
        outages.report_success()
        close_old_connections()
    except Exception as error:  # The thread must live on.
        if outages.is_outage(error):
            outages.report(error)
            return refusals.database_unavailable(scope["path"])
        log.exception("A stored answer was not found.")
        return None
    return _response(answer) if answer is not None else None


def _response(answer: StoredAnswer) -> Response:
    headers = [
        (name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()
    ]
    headers.append((b"x-content-type-options", b"nosniff"))
    return Response(answer.status, headers, answer.content)


BY_ROUTE = {"catalog": catalog, "channel_menu": menu}
