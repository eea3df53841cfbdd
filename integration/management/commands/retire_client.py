"""The end of a client's authorizations, once the settings name another in its place."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration.models import Application
from integration.oauth import authorizations, client_roles


class Command(BaseCommand):
    help = "End every authorization of a client that the settings name no more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", help="The ID that the settings named before.")

    def handle(self, *args: Any, client_id: str, **options: Any) -> str:
        if client_roles.roles_of_client(client_id):
            raise CommandError(
                f"The settings still name {client_id}: name another client and restart first."
            )
        if not Application.objects.filter(client_id=client_id.replace("\0", "")).exists():
            raise CommandError(f"There has been no client {client_id}.")
        merchants, families = authorizations.retire_client(client_id)
        return f"Retired {client_id}: {families} authorizations of {merchants} merchants ended."
