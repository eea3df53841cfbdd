"""Answers that need nothing of Django's request, and are given without it."""

from . import channel_events, events

ROUTES = events.ROUTES | channel_events.ROUTES
