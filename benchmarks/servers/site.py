"""The WSGI application with the peers and the catalog's ceiling beside ours.

`python -m stream_pos.door … benchmarks.servers.site:door`; the URLs are in
benchmarks.servers.site_urls.
"""

from django.conf import settings

# First: it sets Django up.
from stream_pos.wsgi import application  # isort: skip

from stream_pos.door.application import Door
from stream_pos.door.direct import events, stored

__all__ = ["application", "door"]

settings.ROOT_URLCONF = "benchmarks.servers.site_urls"
door = Door(application, events.ROUTES, stored.BY_ROUTE)
