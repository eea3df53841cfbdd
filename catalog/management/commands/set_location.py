from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Field

from catalog.locations.prep_time import examples
from catalog.management.arguments import location_named, minutes, names
from catalog.models import AcceptanceMode, DefaultDecision, Location


def _field(name: str) -> "Field[Any, Any]":
    field = Location._meta.get_field(name)
    assert isinstance(field, Field)
    return field


def _number(field_name: str) -> Callable[[str], int]:
    """A whole number that the location's field takes."""

    def parse(value: str) -> int:
        number = minutes(value)
        try:
            _field(field_name).run_validators(number)
        except ValidationError as error:
            raise ArgumentTypeError(f"{value!r}: {' '.join(error.messages)}") from error
        return number

    return parse


def _addresses(value: str) -> str:
    try:
        _field("call_emails").run_validators(value)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from error
    return value


# Option, field, what it is followed by, and what it means.
_NUMBERS = [
    ("--load-limit", "load_limit", "ORDERS", "with so many open orders the kitchen is full"),
    ("--minutes-per-order", "prep_minutes_per_order", "MINUTES", "added for each open order"),
    ("--orders-free", "prep_orders_free", "ORDERS", "open orders that add nothing"),
    ("--minutes-per-item", "prep_minutes_per_item", "MINUTES", "added for each item of an order"),
    ("--items-free", "prep_items_free", "ITEMS", "items that add nothing"),
    ("--longest", "prep_time_most_minutes", "MINUTES", "no more than so many; 0: a day"),
    ("--call-after", "call_after_seconds", "SECONDS", "call people to a waiting order; 0: never"),
    ("--call-late", "call_late_minutes", "MINUTES", "call people to a late order; 0: never"),
]
_PREPARATION = {"prep_time_minutes"} | {one[1] for one in _NUMBERS if one[1].startswith("prep_")}


class Command(BaseCommand):
    help = "Change how a location works."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location", metavar="LOCATION_PROVIDER_ID")
        parser.add_argument(
            "--prep-time",
            type=minutes,
            dest="prep_time_minutes",
            metavar="MINUTES",
            help="how long the kitchen needs for an order, told to Stream with each one",
        )
        parser.add_argument(
            "--acceptance",
            choices=AcceptanceMode.values,
            dest="acceptance_mode",
            help="whether good orders are accepted by themselves, or by staff within 45 seconds;"
            " below_load: by staff while the kitchen is full",
        )
        parser.add_argument(
            "--default",
            choices=DefaultDecision.values,
            dest="default_decision",
            help="what becomes of an order that nobody decided on after 45 seconds",
        )
        _add_numbers(parser)
        parser.add_argument(
            "--call-emails",
            type=_addresses,
            metavar="ADDRESSES",
            help="who is called, by comma; an empty text: the owners",
        )
        _add_not_taken(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        fields = [field.name for field in Location._meta.get_fields() if field.name in options]
        changes = {
            name: options[name]
            for name in fields
            if name != "location" and options[name] is not None
        }
        if not changes:
            raise CommandError(
                "Say what to change: --prep-time, --acceptance, or another option of --help."
            )
        location = location_named(options["location"])
        for name, value in changes.items():
            setattr(location, name, value)
        location.save(update_fields=list(changes))
        return "\n".join(_told(location, set(changes)))


def _add_numbers(parser: CommandParser) -> None:
    for option, name, metavar, meaning in _NUMBERS:
        parser.add_argument(option, type=_number(name), dest=name, metavar=metavar, help=meaning)


def _add_not_taken(parser: CommandParser) -> None:
    parser.add_argument(
        "--channels-off",
        type=names,
        metavar="CHANNELS",
        help='channels whose orders are refused, with commas: uber,doordash; "" for none',
    )
    parser.add_argument(
        "--not-offered",
        type=names,
        dest="fulfillment_types_off",
        metavar="TYPES",
        help='fulfilment types that are refused, with commas: drive_thru,dine_in; "" for none',
    )


def _told(location: Location, changed: set[str]) -> list[str]:
    said = []
    if "prep_time_minutes" in changed:
        said.append(f"{location} needs {location.prep_time_minutes} minutes for an order.")
    if changed & (_PREPARATION - {"prep_time_minutes"}):
        said += examples(location)
    if changed & {"acceptance_mode", "load_limit"}:
        mode = AcceptanceMode(location.acceptance_mode)
        room = f" Full is {location.load_limit} open orders."
        is_limited = mode == AcceptanceMode.BELOW_LOAD
        said.append(f"Orders at {location} are accepted {mode.label}.{room if is_limited else ''}")
    if "default_decision" in changed:
        decision = DefaultDecision(location.default_decision).label
        said.append(f"At {location} an order that nobody decides on {decision}.")
    if any(name.startswith("call_") for name in changed):
        said.append(_calls(location))
    if "channels_off" in changed:
        but = _but(location.channels_off)
        said.append(f"{location} takes orders from every channel{but}.")
    if "fulfillment_types_off" in changed:
        but = _but(location.fulfillment_types_off)
        said.append(f"{location} offers every fulfilment type{but}.")
    return said


def _but(names: list[str]) -> str:
    return f" but {', '.join(names)}" if names else ""


def _calls(location: Location) -> str:
    who = ", ".join(location.call_addresses) or "The owners"
    after, late = location.call_after_seconds, location.call_late_minutes
    when = [f"an order has waited for {after} seconds"] if after else []
    when += [f"an order is {late} minutes late"] if late else []
    are = "is" if len(location.call_addresses) == 1 else "are"
    if not when:
        return f"Nobody is called to orders at {location}."
    return f"{who} {are} called when {' or '.join(when)} at {location}."
