"""The WSGI application."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from .runtime.parent_death import die_with_parent

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ChunkedBodies:
    """Buffer chunked request bodies: Django treats a body without a length as empty.

    Read at most one byte more than Django accepts; Django then refuses the request.
    """

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start)


def _freeze_loaded_objects() -> None:
    """Exclude everything loaded at startup from garbage collection.

    Scanning it took a tenth of the time of an order, and now and then blocked a request.
    """
    _ = get_resolver().url_patterns  # Loads the views, as the first request would.
    gc.collect()
    gc.freeze()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
if os.environ.get("STREAM_POS_SUPERVISED") == "1":
    # A web worker must not keep the port open after its server was killed, even if that
    # happened while the worker was starting and it now has another parent.
    _server = multiprocessing.parent_process()
    die_with_parent(None if _server is None else _server.pid)

application = ChunkedBodies(get_wsgi_application())
_freeze_loaded_objects()
