"""Scopes for django-oauth-toolkit, taken from the roles of the clients."""

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from oauth2_provider.scopes import BaseScopes
from oauthlib.common import Request

from integration.models import Application

from . import client_roles


class RoleScopes(BaseScopes):
    """The toolkit's scopes backend: each request may ask for the scopes of its role."""

    def get_all_scopes(self) -> dict[str, str | Promise]:
        return {
            name: description
            for role in client_roles.registered()
            for name, description in role.scopes.items()
        }

    def get_available_scopes(
        self, application: Application, request: Request, *args: Any, **kwargs: Any
    ) -> Sequence[str]:
        return list(client_roles.named(request.client_role).scopes)

    def get_default_scopes(
        self, application: Application, request: Request, *args: Any, **kwargs: Any
    ) -> Sequence[str]:
        return list(client_roles.named(request.client_role).default_scopes)
