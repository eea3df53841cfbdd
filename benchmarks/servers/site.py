"""The WSGI application with the peers and the catalog's ceiling beside ours.

`granian … benchmarks.servers.site:application`; the URLs are in benchmarks.servers.site_urls.
"""

from django.conf import settings

from stream_pos.wsgi import application

__all__ = ["application"]

settings.ROOT_URLCONF = "benchmarks.servers.site_urls"
