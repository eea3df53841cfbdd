from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.locations import pause as location_pause
from catalog.management.arguments import get_location, instant, refuse_if_past
from integration import actor


class Command(BaseCommand):
    help = "Stop taking orders at a location, until a time or until it is resumed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location", metavar="LOCATION_PROVIDER_ID")
        parser.add_argument(
            "--until", type=instant, metavar="ISO", help="resume automatically then"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        location, until = get_location(options["location"]), options["until"]
        refuse_if_past(until)
        with actor.change_reason(actor.BY_COMMAND):
            location_pause.pause(location, until=until)
        return f"{location} is paused {f'until {until.isoformat()}' if until else 'until resumed'}."
