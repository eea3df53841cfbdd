"""The application that web processes load: the door in front of Django."""

import sys

# First: it sets Django up.
from stream_pos.wsgi import application as _django  # isort: skip

from integration.clocks import watch

from .application import Door
from .direct import ROUTES, stored

# Threads that compute yield to the event loop four times as often as by default.
sys.setswitchinterval(0.00125)
application = Door(_django, ROUTES, stored.BY_ROUTE)
watch.start()
