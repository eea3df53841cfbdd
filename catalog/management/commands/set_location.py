from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.management.arguments import location_named, minutes, names
from catalog.models import AcceptanceMode


class Command(BaseCommand):
    help = "Change how a location works."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location", metavar="LOCATION_PROVIDER_ID")
        parser.add_argument(
            "--prep-time",
            type=minutes,
            metavar="MINUTES",
            help="how long the kitchen needs for an order, told to Stream with each one",
        )
        parser.add_argument(
            "--acceptance",
            choices=AcceptanceMode.values,
            help="whether good orders are accepted by themselves, or by staff within 45 seconds",
        )
        parser.add_argument(
            "--channels-off",
            type=names,
            metavar="CHANNELS",
            help='channels whose orders are refused, with commas: uber,doordash; "" for none',
        )
        parser.add_argument(
            "--not-offered",
            type=names,
            metavar="TYPES",
            help='fulfilment types that are refused, with commas: drive_thru,dine_in; "" for none',
        )

    def handle(self, *args: Any, **options: Any) -> str:
        said = {
            "prep_time_minutes": options["prep_time"],
            "acceptance_mode": options["acceptance"],
            "channels_off": options["channels_off"],
            "fulfillment_types_off": options["not_offered"],
        }
        changes = {name: value for name, value in said.items() if value is not None}
        if not changes:
            raise CommandError(
                "Say what to change: --prep-time, --acceptance, --channels-off or --not-offered."
            )
        location = location_named(options["location"])
        for name, value in changes.items():
            setattr(location, name, value)
        location.save(update_fields=list(changes))
        told = {
            "prep_time_minutes": f"{location} needs {location.prep_time_minutes} minutes for an"
            " order.",
            "acceptance_mode": f"Orders at {location} are accepted"
            f" {AcceptanceMode(location.acceptance_mode).label}.",
            "channels_off": f"{location} takes orders from every channel"
            f"{_but(location.channels_off)}.",
            "fulfillment_types_off": f"{location} offers every fulfilment type"
            f"{_but(location.fulfillment_types_off)}.",
        }
        return "\n".join(told[name] for name in changes)


def _but(names: list[str]) -> str:
    return f" but {', '.join(names)}" if names else ""
