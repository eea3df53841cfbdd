import uuid
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from catalog.management.arguments import get_merchant, refuse
from integration.webhooks import redaction
from orders.models import InboundEvent, Order
from orders.privacy import erasure, phone_search


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
        "Erase customers' and drivers' personal data from orders, received and sent events."
        " Without options: what is erased automatically every hour (PERSONAL_DATA_DAYS)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        target = parser.add_mutually_exclusive_group()
        target.add_argument("--order", type=order_key, metavar="KEY", help="of one order")
        target.add_argument(
            "--customer-phone", type=phone_number, metavar="NUMBER", help="of one customer"
        )
        target.add_argument(
            "--before", type=day, metavar="DAY", help="of orders that ended before that day (UTC)"
        )
        parser.add_argument(
            "--merchant", metavar="PROVIDER_ID", help="with --customer-phone: only this merchant"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        if options["order"]:
            return self._order(options["order"])
        if options["customer_phone"]:
            return self._customer(options["customer_phone"], options["merchant"])
        before = options["before"] or erasure.cutoff(timezone.now())
        if before is None:
            refuse(
                "PERSONAL_DATA_DAYS is 0, so nothing is erased automatically: say what to erase."
            )
        return self._before(before)

    def _before(self, before: datetime) -> str:
        orders = events = 0
        while True:
            erased = erasure.erase_due(before, f"older than {before:%Y-%m-%d}")
            orders, events = orders + erased[0], events + erased[1]
            if max(erased) < erasure.MAX_PER_RUN:
                return f"Erased the personal data of {orders} orders and {events} other events."

    def _order(self, key: uuid.UUID) -> str:
        try:
            if erasure.erase_order(key, by=None):
                return "Erased the personal data of the order."
        except Order.DoesNotExist:
            refuse(f"There is no order {key}.")
        except (erasure.StillOpen, redaction.StillWaiting) as error:
            refuse(str(error))
        return "The order's personal data was already erased."

    def _customer(self, phone: str, merchant_id: str | None) -> str:
        orders, events = Order.objects.all(), InboundEvent.objects.all()
        if merchant_id:
            merchant = get_merchant(merchant_id)
            orders, events = orders.filter(merchant=merchant), events.filter(merchant=merchant)
        not_erased, erased = [], 0
        for key in phone_search.find_orders(phone, orders):
            try:
                erased += erasure.erase_order(key, by=None)
            except (erasure.StillOpen, redaction.StillWaiting) as error:
                not_erased.append(f"{key}: {error}")
        other_events = erasure.erase_events(phone_search.find_events(phone, events))
        result = f"Erased the personal data of {erased} orders and {other_events} other events."
        if not_erased:
            refuse("\n".join([result, "Not erased:", *not_erased]))
        return result
