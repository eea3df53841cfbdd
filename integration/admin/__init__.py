"""The admin of accounts and of events to Stream. Importing it registers all admin classes."""

from django.contrib import admin
from django.contrib.auth.models import Group

from integration.models import AccessToken, Application, Grant, IDToken, RefreshToken

from .accounts import merchants, users
from .delivery import alarms, endpoints, events

__all__ = ["alarms", "endpoints", "events", "merchants", "users"]

# Nobody may read tokens, Stream's client comes from the settings, and our roles replace groups.
for _model in (AccessToken, Application, Grant, IDToken, RefreshToken, Group):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
