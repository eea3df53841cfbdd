"""The web server's application with the peer and the ceiling of the catalog's rows beside ours.

`granian … benchmarks.servers.site:application`; its addresses are in benchmarks.servers.site_urls.
"""

from django.conf import settings

from stream_pos.wsgi import application

__all__ = ["application"]

settings.ROOT_URLCONF = "benchmarks.servers.site_urls"
