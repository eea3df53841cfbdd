from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.locations import pause as location_pause
from catalog.management.arguments import get_location
from integration import actor


class Command(BaseCommand):
    help = "Start taking orders at a location again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location", metavar="LOCATION_PROVIDER_ID")

    def handle(self, *args: Any, **options: Any) -> str:
        location = get_location(options["location"])
        with actor.change_reason(actor.BY_COMMAND):
            location_pause.resume(location)
        return f"{location} takes orders."
