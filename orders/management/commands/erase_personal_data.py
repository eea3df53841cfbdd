import uuid
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from catalog.management.arguments import get_merchant, refuse
from integration.webhooks import redaction
from orders.models import Driver, FollowedOrder, InboundEvent, Order, StreamEvent
from orders.privacy import batches, drivers, erasure, followed, phone_search
from orders.privacy.details import StillOpen

_REFUSED = (StillOpen, redaction.StillWaiting)


def order_key(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise ArgumentTypeError(f"{value!r} is not an order key.") from error


def phone_number(value: str) -> str:
    if len(phone_search.digits(value)) < phone_search.MIN_DIGITS:
        raise ArgumentTypeError(f"{value!r} is not a phone number: include the area code.")
    return value


def day(value: str) -> datetime:
    """Return the start of that day, UTC."""
    try:
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    except ValueError as error:
        raise ArgumentTypeError(f"{value!r} is not a date: write it like 2026-05-04.") from error


class Command(BaseCommand):
    help = (
        "Erase customers' and drivers' personal data from orders, followed ones, received and sent"
        " events."
        " Without options: what is erased automatically every hour (PERSONAL_DATA_DAYS)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        target = parser.add_mutually_exclusive_group()
        target.add_argument(
            "--order", type=order_key, metavar="KEY", help="of one order, ours or followed"
        )
        target.add_argument(
            "--customer-phone", type=phone_number, metavar="NUMBER", help="of one customer"
        )
        target.add_argument(
            "--driver-phone", type=phone_number, metavar="NUMBER", help="of one driver"
        )
        target.add_argument(
            "--before", type=day, metavar="DAY", help="of orders that ended before that day (UTC)"
        )
        parser.add_argument(
            "--merchant", metavar="PROVIDER_ID", help="with a phone number: only this merchant"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        if options["order"]:
            return self._order(options["order"])
        if options["customer_phone"]:
            return self._customer(options["customer_phone"], _only(options["merchant"]))
        if options["driver_phone"]:
            return self._driver(options["driver_phone"], _only(options["merchant"]))
        before = options["before"] or erasure.cutoff(timezone.now())
        if before is None:
            refuse(
                "PERSONAL_DATA_DAYS is 0, so nothing is erased automatically: say what to erase."
            )
        return self._before(before)

    def _before(self, before: datetime) -> str:
        total = [0, 0, 0, 0]
        while True:
            erased = erasure.erase_due(before, f"older than {before:%Y-%m-%d}")
            total = [sum(pair) for pair in zip(total, erased, strict=True)]
            if max(erased) < batches.MAX_PER_RUN:
                orders, others, gone, events = total
                return (
                    f"Erased the personal data of {orders} orders, {others} orders in other POSs,"
                    f" {gone} drivers and {events} other events."
                )

    def _order(self, key: uuid.UUID) -> str:
        try:
            if self._erase_order(key):
                return "Erased the personal data of the order."
        except FollowedOrder.DoesNotExist:
            refuse(f"There is no order {key}.")
        except _REFUSED as error:
            refuse(str(error))
        return "The order's personal data was already erased."

    def _erase_order(self, key: uuid.UUID) -> bool:
        try:
            return erasure.erase_order(key, by=None)
        except Order.DoesNotExist:
            return erasure.erase_followed(key, by=None)

    def _customer(self, phone: str, only: dict[str, Any]) -> str:
        orders = _each(
            phone_search.find_orders(phone, Order.objects.filter(**only)),
            lambda key: erasure.erase_order(key, by=None),
        )
        others = _each(
            phone_search.find_followed(phone, FollowedOrder.objects.filter(**only)),
            lambda key: erasure.erase_followed(key, by=None),
        )
        events = erasure.erase_events(
            phone_search.find_events(phone, InboundEvent.objects.filter(**only))
        )
        if not only:  # Without an order they are of no merchant.
            found = phone_search.find_stream_events(phone, StreamEvent.objects.all())
            events += followed.erase_events(found)
        return _report(
            f"Erased the personal data of {orders.erased} orders, {others.erased} orders in other"
            f" POSs and {events} other events.",
            orders.refused + others.refused,
        )

    def _driver(self, phone: str, only: dict[str, Any]) -> str:
        listed = _each(
            phone_search.find_drivers(phone, Driver.objects.filter(**only)), drivers.erase_driver
        )
        orders = _each(
            phone_search.find_driven(phone, Order.objects.filter(**only)), drivers.erase_from_order
        )
        return _report(
            f"Erased the personal data of {listed.erased} drivers, and of the driver of"
            f" {orders.erased} other orders.",
            listed.refused + orders.refused,
        )


def _only(merchant_id: str | None) -> dict[str, Any]:
    """Return the filter for the rows of this merchant; of all without one."""
    return {"merchant": get_merchant(merchant_id)} if merchant_id else {}


class _Result(NamedTuple):
    """Return the number of those erased, and a line for each that was not."""

    erased: int
    refused: list[str]


def _each(keys: Iterable[Any], erase: Callable[[Any], bool]) -> _Result:
    erased, refused = 0, []
    for key in keys:
        try:
            erased += erase(key)
        except _REFUSED as error:
            refused.append(f"{key}: {error}")
    return _Result(erased, refused)


def _report(result: str, refused: list[str]) -> str:
    if refused:
        refuse("\n".join([result, "Not erased:", *refused]))
    return result
