import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from stream_pos.demo.fixtures import seed


class Command(BaseCommand):
    help = "Make the demo restaurants, and set new demo passwords."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print it for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo data and its passwords do not belong on a public deployment.")
        call_command("migrate", interactive=False, verbosity=0)
        made = seed()
        if options["json"]:
            self.stdout.write(json.dumps(made, indent=1))
        else:
            self._print(made)

    def _print(self, made: dict[str, Any]) -> None:
        self.stdout.write(f"Admin     {made['admin']['email']}  {made['admin']['password']}")
        for merchant in made["merchants"]:
            self.stdout.write(f"{merchant['name']}  {merchant['email']}  {merchant['password']}")
            for location in merchant["locations"]:
                self.stdout.write(f"  {location['name']}  {location['provider_id']}")
