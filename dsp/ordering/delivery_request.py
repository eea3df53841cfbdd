"""A report of the channel's own driver, read from its body (contract DSP-WH-DLV)."""

from typing import Any

from dsp.orders.delivery_status import STATUSES, Driver
from integration import phone_numbers

from .body_fields import Fields
from .refusals import Malformed

_TEXT_LENGTH = 255
_URL_LENGTH = 1_000
_VEHICLE = ("make", "model", "color", "license_plate")


def read(fields: Fields, country: str) -> tuple[str, Driver | None]:
    """Return the status and its driver, if one is named. Raises Malformed.

    A phone number without a country code is one of the store's country.
    """
    status = fields.text("delivery_status", most=64)
    if status not in STATUSES:
        raise Malformed(f"delivery_status must be one of {', '.join(STATUSES)}.")
    driver = fields.obj("driver_details")
    return status, None if driver is None else _driver(driver, country)


def _driver(fields: Fields, country: str) -> Driver:
    number, code = _phone(fields.obj("phone"), country)
    return Driver(
        name=fields.text("name", most=_TEXT_LENGTH),
        phone_number=number,
        phone_code=code,
        vehicle=_vehicle(fields.obj("vehicle_info")),
        picture_url=_picture(fields),
        passcode=fields.optional_text("passcode", most=_TEXT_LENGTH),
        handoff_instructions=fields.optional_text("handoff_instructions", most=_TEXT_LENGTH),
    )


def _phone(fields: Fields | None, country: str) -> tuple[str, str]:
    if fields is None:
        return "", ""
    number = fields.optional_text("number", most=64)
    try:
        number = phone_numbers.normalize(number, country=country) if number else ""
    except phone_numbers.InvalidPhoneNumber as error:
        raise Malformed(f"{fields.path('number')} is no number such as +1 512 555 0100.") from error
    return number, fields.optional_text("code", most=32)


def _vehicle(fields: Fields | None) -> dict[str, Any]:
    if fields is None:
        return {}
    texts = {name: fields.optional_text(name, most=_TEXT_LENGTH) for name in _VEHICLE}
    vehicle: dict[str, Any] = {name: value for name, value in texts.items() if value}
    if fields.has("is_autonomous"):
        vehicle["is_autonomous"] = fields.flag("is_autonomous", default=False)
    return vehicle


def _picture(fields: Fields) -> str:
    url = fields.optional_text("picture_url", most=_URL_LENGTH)
    if url and not url.startswith("https://"):
        raise Malformed(f"{fields.path('picture_url')} must be an https address.")
    return url
