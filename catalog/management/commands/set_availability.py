from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog import availability
from catalog.management.arguments import instant, location_named, refuse, refuse_if_past


class Command(BaseCommand):
    help = "Switch an item family, item, modifier or modifier group on or off at a location."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--location", required=True, metavar="PROVIDER_ID")
        parser.add_argument("object", metavar="OBJECT_PROVIDER_ID")
        parser.add_argument("state", choices=["on", "off"])
        parser.add_argument("--until", type=instant, metavar="ISO", help="back on by itself then")

    def handle(self, *args: Any, **options: Any) -> str:
        location = location_named(options["location"])
        if options["state"] == "on" and options["until"]:
            refuse("--until goes with off: it says when the object comes back on.")
        refuse_if_past(options["until"])
        try:
            target = availability.find(location, options["object"])
        except availability.UnknownObject:
            refuse(f"{location} has no item family, item, modifier or group {options['object']}.")
        availability.switch(
            location, target, is_active=options["state"] == "on", until=options["until"]
        )
        return f"{target} is {options['state']} at {location}."
