"""The WSGI application."""

import gc
import multiprocessing
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from integration.bounded.parent_death import die_with_parent


def _freeze_loaded_objects() -> None:
    """Exclude everything loaded at startup from garbage collection.

    Scanning it took a tenth of the time of an order, and now and then blocked a request.
    """
    _ = get_resolver().url_patterns  # Loads the views, as the first request would.
    gc.collect()
    gc.freeze()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
# A web worker must not keep the port open after its server was killed, even if that happened
# while the worker was starting and it now has another parent.
_server = multiprocessing.parent_process()
if _server is not None:
    die_with_parent(_server.pid)

application = get_wsgi_application()
_freeze_loaded_objects()
