"""What the web server runs."""

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


class WithLength:
    """Gives bodies that come in chunks a length: Django takes one without for empty.

    Reads no more than one byte beyond what Django takes, which it then refuses.
    """

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start)


def _settle() -> None:
    """The collector need not look again and again at what is loaded for good.

    That took a tenth of an order's time, and now and then a request waited for all of it.
    """
    _ = get_resolver().url_patterns  # Loads the views, as the first request would.
    gc.collect()
    gc.freeze()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
if os.environ.get("STREAM_POS_SUPERVISED") == "1":
    # A web worker whose server was killed must not go on holding the port; nor one whose server
    # was killed while it was being started, and whose parent is another one now.
    _server = multiprocessing.parent_process()
    die_with_parent(None if _server is None else _server.pid)

application = WithLength(get_wsgi_application())
_settle()
