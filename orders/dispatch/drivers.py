"""A merchant's list of drivers: add, change, deactivate and reactivate."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from integration.models import Merchant
from orders.lifecycle import delivery_times
from orders.models import Driver


class NumberTaken(Exception):
    """Another driver has this phone number; `driver` is that one."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(f"The phone number belongs to {driver.name}.")
        self.driver = driver


def active(merchant: Merchant) -> "QuerySet[Driver]":
    """Select the drivers who can be assigned, by name."""
    return merchant.drivers.filter(is_active=True, erased_at=None)


def listed(merchant: Merchant) -> "QuerySet[Driver]":
    """Select the drivers of the list, active ones first."""
    return merchant.drivers.filter(erased_at=None).order_by("-is_active", "name", "pk")


def add(merchant: Merchant, *, name: str, phone: str, code: str) -> Driver:
    """Add a driver; `phone` is in E.164, `code` its extension. Raises NumberTaken."""
    driver = Driver(merchant=merchant, name=name, phone=phone, code=code)
    _save(driver)
    return driver


def change(driver: Driver, *, name: str, phone: str, code: str) -> None:
    """Change name and number. Orders assigned before keep what was sent. Raises NumberTaken."""
    driver.name, driver.phone, driver.code = name, phone, code
    _save(driver, update_fields=["name", "phone", "code"])


def find_or_add(merchant: Merchant, *, name: str, phone: str, code: str) -> Driver:
    """Return the active driver with this name and number, adding one if the number is new.

    Raises NumberTaken if the number belongs to another name, or to a deactivated driver.
    """
    try:
        return add(merchant, name=name, phone=phone, code=code)
    except NumberTaken as taken:
        if taken.driver.is_active and taken.driver.name.casefold() == name.casefold():
            return taken.driver
        raise


def set_active(driver: Driver, *, is_active: bool) -> None:
    """Offer the driver for assignment, or no longer; deliveries under way stay theirs."""
    driver.is_active = is_active
    driver.deactivated_at = None if is_active else timezone.now()
    driver.save(update_fields=["is_active", "deactivated_at"])


def open_deliveries(driver: Driver) -> int:
    return delivery_times.under_way().filter(driver=driver).count()


def _save(driver: Driver, *, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            driver.save(update_fields=update_fields)
    except IntegrityError:
        same = Driver.objects.filter(merchant=driver.merchant_id, phone=driver.phone)
        other = same.filter(code=driver.code, erased_at=None).exclude(pk=driver.pk).first()
        if other is None:
            raise
        raise NumberTaken(other) from None
