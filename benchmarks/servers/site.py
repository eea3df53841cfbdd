"""The WSGI application with the peers and the catalog's ceiling beside ours.

`python -m stream_pos.door … benchmarks.servers.site:door`; the URLs are in
benchmarks.servers.site_urls.
"""

from django.conf import settings

# First: it sets Django up.
from stream_pos.wsgi import application  # isort: skip

from stream_pos.door.application import Direct, Door
from stream_pos.door.bridge import Response
from stream_pos.door.direct import ROUTES, stored

from .web import ANSWERED_EVENTS

__all__ = ["application", "door"]

settings.ROOT_URLCONF = "benchmarks.servers.site_urls"
_RECEIVED = Response(201, [(b"content-type", b"application/json")], b'"received"')
_ANSWERED = Direct(lambda requests: [_RECEIVED] * len(requests), most=32)
door = Door(application, ROUTES | {("POST", ANSWERED_EVENTS): _ANSWERED}, stored.BY_ROUTE)
