"""The admin of accounts and of the events owed to Stream. Importing it registers everything."""

from django.contrib import admin
from django.contrib.auth.models import Group

from integration.models import AccessToken, Application, Grant, IDToken, RefreshToken

from .accounts import merchants, users
from .delivery import alarms, endpoints, events

__all__ = ["alarms", "endpoints", "events", "merchants", "users"]

# Tokens are nobody's to read, Stream's client comes from the settings, and roles are ours.
for _model in (AccessToken, Application, Grant, IDToken, RefreshToken, Group):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
