from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Field

from catalog.locations.prep_time import examples
from catalog.management.arguments import get_location, minutes, names
from catalog.models import AcceptanceMode, DefaultDecision, Location


def _field(name: str) -> "Field[Any, Any]":
    field = Location._meta.get_field(name)
    assert isinstance(field, Field)
    return field


def _number(field_name: str) -> Callable[[str], int]:
    """Return a parser for a whole number that the location's field accepts."""

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


# Option, field, metavar and help.
_NUMBERS = [
    ("--load-limit", "load_limit", "ORDERS", "open orders that fill the kitchen"),
    (
        "--minutes-per-order",
        "prep_minutes_per_order",
        "MINUTES",
        "minutes added for each open order",
    ),
    ("--orders-free", "prep_orders_free", "ORDERS", "open orders that add no time"),
    (
        "--minutes-per-item",
        "prep_minutes_per_item",
        "MINUTES",
        "minutes added for each item of an order",
    ),
    ("--items-free", "prep_items_free", "ITEMS", "items that add no time"),
    ("--longest", "prep_time_most_minutes", "MINUTES", "the longest preparation time; 0: a day"),
    (
        "--call-after",
        "call_after_seconds",
        "SECONDS",
        "alert staff when an order has waited this long; 0: never",
    ),
    (
        "--call-late",
        "call_late_minutes",
        "MINUTES",
        "alert staff when an order is this late; 0: never",
    ),
]
_PREPARATION = {field for _, field, _, _ in _NUMBERS if field.startswith("prep_")}


class Command(BaseCommand):
    help = "Change a location's settings for orders."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location", metavar="LOCATION_PROVIDER_ID")
        parser.add_argument(
            "--prep-time",
            type=minutes,
            dest="prep_time_minutes",
            metavar="MINUTES",
            help="preparation time of an order, sent to Stream with each order",
        )
        parser.add_argument(
            "--acceptance",
            choices=AcceptanceMode.values,
            dest="acceptance_mode",
            help="accept valid orders automatically, or by staff within 45 seconds; below_load:"
            " by staff while the kitchen is full",
        )
        parser.add_argument(
            "--default",
            choices=DefaultDecision.values,
            dest="default_decision",
            help="the decision on an order that staff have not decided on after 45 seconds",
        )
        _add_numbers(parser)
        parser.add_argument(
            "--call-emails",
            type=_addresses,
            metavar="ADDRESSES",
            help="e-mail addresses to alert, separated by commas; empty: the owners",
        )
        _add_restrictions(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        fields = [field.name for field in Location._meta.get_fields() if field.name in options]
        changes = {
            name: options[name]
            for name in fields
            if name != "location" and options[name] is not None
        }
        if not changes:
            raise CommandError(
                "Nothing to change: give --prep-time, --acceptance, or another option (see --help)."
            )
        location = get_location(options["location"])
        for name, value in changes.items():
            setattr(location, name, value)
        location.save(update_fields=list(changes))
        return "\n".join(_summary(location, set(changes)))


def _add_numbers(parser: CommandParser) -> None:
    for option, name, metavar, meaning in _NUMBERS:
        parser.add_argument(option, type=_number(name), dest=name, metavar=metavar, help=meaning)


def _add_restrictions(parser: CommandParser) -> None:
    parser.add_argument(
        "--channels-off",
        type=names,
        metavar="CHANNELS",
        help='channels whose orders are refused, separated by commas: uber,doordash; "": none',
    )
    parser.add_argument(
        "--not-offered",
        type=names,
        dest="fulfillment_types_off",
        metavar="TYPES",
        help='refused fulfillment types, separated by commas: drive_thru,dine_in; "": none',
    )


def _summary(location: Location, changed: set[str]) -> list[str]:
    lines = []
    if "prep_time_minutes" in changed:
        lines.append(f"{location} needs {location.prep_time_minutes} minutes for an order.")
    if changed & _PREPARATION:
        lines += examples(location)
    if changed & {"acceptance_mode", "load_limit"}:
        mode = AcceptanceMode(location.acceptance_mode)
        limit = f" The kitchen is full with {location.load_limit} open orders."
        is_limited = mode == AcceptanceMode.BELOW_LOAD
        lines.append(
            f"Orders at {location} are accepted {mode.label}.{limit if is_limited else ''}"
        )
    if "default_decision" in changed:
        decision = DefaultDecision(location.default_decision).label
        lines.append(f"An order at {location} that staff do not decide on {decision}.")
    if any(name.startswith("call_") for name in changed):
        lines.append(_alerts(location))
    if "channels_off" in changed:
        exceptions = _except(location.channels_off)
        lines.append(f"{location} takes orders from every channel{exceptions}.")
    if "fulfillment_types_off" in changed:
        exceptions = _except(location.fulfillment_types_off)
        lines.append(f"{location} offers every fulfillment type{exceptions}.")
    return lines


def _except(names: list[str]) -> str:
    return f" except {', '.join(names)}" if names else ""


def _alerts(location: Location) -> str:
    recipients = ", ".join(location.call_addresses) or "The owners"
    after, late = location.call_after_seconds, location.call_late_minutes
    reasons = [f"an order has waited for {after} seconds"] if after else []
    reasons += [f"an order is {late} minutes late"] if late else []
    are = "is" if len(location.call_addresses) == 1 else "are"
    if not reasons:
        return f"Nobody is alerted to orders at {location}."
    return f"{recipients} {are} alerted when {' or '.join(reasons)} at {location}."
