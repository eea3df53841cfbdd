"""Values of single fields, each with its check.

Required fields raise Unusable. An optional field that is broken counts as absent and is listed.
"""

from typing import Any

from django.core.exceptions import ValidationError

from integration.currency import validate_code

from .report import Report, Unusable

MAXIMUM_PRICE = 10**10
_MAXIMUM_COUNT = 10**6
_ID_LENGTH = 255
_NAME_LENGTH = 1_000
_TEXT_LENGTH = 10_000
_URL_LENGTH = 2_000

Fields = dict[str, Any]


def stream_id(fields: Fields, field: str = "stream_id") -> str:
    value = fields.get(field)
    if not is_id(value):
        problem = "is missing" if value is None else "is not an id"
        raise Unusable("id", f"{field} {problem}.")
    return str(value)


def is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _ID_LENGTH and "\x00" not in value


def name(fields: Fields) -> str:
    value = fields.get("name")
    if not isinstance(value, str) or not value.replace("\x00", "").strip():
        raise Unusable("name", "name is missing or not a text.")
    return _clean(value, _NAME_LENGTH)


def whole(value: Any, most: int) -> int | None:
    """Return the whole number from 0 to `most` (1200.0 is one, true is none), or None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    return None


def price(fields: Fields, field: str = "price") -> int:
    amount = whole(fields.get(field), MAXIMUM_PRICE)
    if amount is None:
        problem = "is missing" if fields.get(field) is None else "is not a whole amount"
        raise Unusable("price", f"{field} {problem}.")
    return amount


def currency(fields: Fields, report: Report) -> None:
    """Check the object's currency. Raises BadMenuFile if it is another than before."""
    value = fields.get("currency")
    code = value.lower() if isinstance(value, str) and len(value) == 3 else ""
    if code and code == report.currency:
        return
    try:
        validate_code(code)
    except ValidationError as error:
        raise Unusable("currency", "currency is missing or not an ISO 4217 code.") from error
    report.same_currency(code)


def required_list(fields: Fields, field: str) -> list[Any]:
    value = fields.get(field)
    if not isinstance(value, list):
        raise Unusable("no_list", f"{field} is missing or not a list.")
    return value


def optional_list(fields: Fields, field: str, kind: str, report: Report) -> list[Any]:
    value = fields.get(field)
    if value is not None and not isinstance(value, list):
        ignore(fields, field, kind, report)
    return value if isinstance(value, list) else []


def text(fields: Fields, field: str, kind: str, report: Report) -> str:
    value = fields.get(field)
    if value is not None and not isinstance(value, str):
        ignore(fields, field, kind, report)
    return _clean(value, _TEXT_LENGTH) if isinstance(value, str) else ""


def flag(fields: Fields, field: str, default: bool, kind: str, report: Report) -> bool:
    value = fields.get(field)
    if value is not None and not isinstance(value, bool):
        ignore(fields, field, kind, report)
    return value if isinstance(value, bool) else default


def count(fields: Fields, field: str, kind: str, report: Report) -> int | None:
    value = fields.get(field)
    number = whole(value, _MAXIMUM_COUNT)
    if number is None and value is not None:
        ignore(fields, field, kind, report)
    return number


def image_url(fields: Fields, kind: str, report: Report) -> str:
    """Return the first image's address; `images` may be one object or a list of them."""
    images = fields.get("images")
    first = (images[0] if images else None) if isinstance(images, list) else images
    if first is None:
        return ""
    url = first.get("url") if isinstance(first, dict) else None
    if (
        not isinstance(url, str)
        or len(url) > _URL_LENGTH
        or not url.startswith(("https://", "http://"))
    ):
        ignore(fields, "images", kind, report)
        return ""
    return _clean(url, _URL_LENGTH)


def ids(fields: Fields, field: str, kind: str, report: Report) -> tuple[str, ...]:
    """Return the list's ids once each, in order."""
    found: dict[str, None] = {}
    values = optional_list(fields, field, kind, report)
    report.refer(len(values))
    for value in values:
        if not is_id(value):
            ignore(fields, field, kind, report)
        elif value in found:
            detail = f"{field} names it twice: {value[:_ID_LENGTH]}."
            report.leave_out(kind, fields.get("stream_id"), "duplicate", detail)
        else:
            found[value] = None
    return tuple(found)


def ignore(fields: Fields, field: str, kind: str, report: Report) -> None:
    """List an optional field as left out."""
    detail = f"{field} is broken and counts as absent."
    report.leave_out(kind, fields.get("stream_id"), "broken_field", detail)


def unknown(fields: Fields, field: str, missing: str, kind: str, report: Report) -> None:
    """List a reference to nothing as left out."""
    detail = f"{field} names what the file does not have, or left out: {missing}."
    report.leave_out(kind, fields.get("stream_id"), "unknown_reference", detail)


def _clean(value: str, length: int) -> str:
    return value[:length].replace("\x00", "")
