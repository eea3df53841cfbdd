from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.management.arguments import get_location, instant, refuse, refuse_if_past
from catalog.menu import availability
from integration import actor


class Command(BaseCommand):
    help = "Switch an item family, item, modifier or modifier group on or off at a location."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--location", required=True, metavar="PROVIDER_ID")
        parser.add_argument("object", metavar="OBJECT_PROVIDER_ID")
        parser.add_argument("state", choices=["on", "off"])
        end = parser.add_mutually_exclusive_group()
        end.add_argument(
            "--until", type=instant, metavar="ISO", help="switch it back on automatically then"
        )
        end.add_argument(
            "--for-the-day",
            action="store_true",
            help="switch it back on automatically when the location's next business day begins",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        location = get_location(options["location"])
        option = "--for-the-day" if options["for_the_day"] else "--until"
        if options["state"] == "on" and (options["until"] or options["for_the_day"]):
            refuse(f"{option} is only for off: it sets when the object comes back on.")
        refuse_if_past(options["until"])
        try:
            target = availability.find(location, options["object"])
        except availability.UnknownObject:
            refuse(
                f"{location} has no item family, item, modifier or modifier group"
                f" {options['object']}."
            )
        with actor.change_reason(actor.BY_COMMAND):
            if options["for_the_day"]:
                until = location.local(availability.switch_off_for_the_day(location, target))
                return f"{target} is off at {location} until {until.isoformat()}."
            availability.switch(
                location, target, is_active=options["state"] == "on", until=options["until"]
            )
        return f"{target} is {options['state']} at {location}."
