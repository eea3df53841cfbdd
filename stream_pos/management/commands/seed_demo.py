import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from stream_pos.demo.fixtures import seed


class Command(BaseCommand):
    help = "Create the demo restaurants and set new demo passwords."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "Demo data and its passwords must not be created on a public deployment."
            )
        call_command("migrate", interactive=False, verbosity=0)
        accounts = seed()
        if options["json"]:
            self.stdout.write(json.dumps(accounts, indent=1))
        else:
            self._print(accounts)

    def _print(self, accounts: dict[str, Any]) -> None:
        admin = accounts["admin"]
        self.stdout.write(f"Admin     {admin['email']}  {admin['password']}")
        for merchant in accounts["merchants"]:
            self.stdout.write(f"{merchant['name']}  {merchant['email']}  {merchant['password']}")
            for location in merchant["locations"]:
                self.stdout.write(f"  {location['name']}  {location['provider_id']}")
        for merchant in accounts.get("dsp", {}).get("merchants", []):
            self.stdout.write(f"{merchant['provider_id']}  channel key  {merchant['channel_key']}")
            for store in merchant["stores"]:
                self.stdout.write(f"  {store['name']}  {store['provider_id']}")
