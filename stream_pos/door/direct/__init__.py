"""Answers that need nothing of Django's request, and are given without it."""

from . import channel_events, events, orders

ROUTES = events.ROUTES | orders.ROUTES | channel_events.ROUTES
