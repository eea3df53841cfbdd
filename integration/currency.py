"""Amounts of money as whole numbers of the currency's smallest unit (contract ALL)."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError

# ISO 4217: currencies have two decimals unless they are listed here.
_NO_DECIMALS = {
    "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw",
    "pyg", "rwf", "ugx", "uyi", "vnd", "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
_THREE_DECIMALS = {"bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"}
_WRITTEN = re.compile(r"(?P<main>-?[0-9]{0,16})(?:(?P<mark>[.,])(?P<rest>[0-9]{0,15}))?")
_MAY_BE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}")


class BadAmount(ValueError):
    """A text is no amount, or has two readings. `problem` may be empty; `remedy` is a request."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}" if problem else remedy)
        self.problem = problem
        self.remedy = remedy


def decimals(currency: str) -> int:
    """Return the currency's number of decimals: JPY 0, USD 2, KWD 3."""
    code = currency.lower()
    if code in _NO_DECIMALS:
        return 0
    return 3 if code in _THREE_DECIMALS else 2


def as_decimal(amount: int, currency: str) -> Decimal:
    """Convert to the main unit: 1250 US cents are Decimal('12.50')."""
    return Decimal(amount).scaleb(-decimals(currency))


def parse(text: str, currency: str) -> int:
    """Return what a person wrote in the main unit, as a number of the smallest unit.

    A comma is a decimal point. What may also separate thousands is refused: `1.250` in euros or
    pesos; in dinars, which have three decimals, it is plain. Raises BadAmount.
    """
    places = decimals(currency)
    remedy = f"enter a price like {_example(places)}"
    written = _WRITTEN.fullmatch(text.strip())
    if written is None or not (written["main"].lstrip("-") or written["rest"]):
        raise BadAmount("", remedy)
    main, mark, rest = written["main"], written["mark"], written["rest"] or ""
    exact = Decimal(f"{main}.{rest}" if rest else main)
    is_plain = mark == "." and places == 3
    if len(rest) == 3 and not is_plain and _MAY_BE_THOUSANDS.fullmatch(main):
        raise _two_readings(Decimal(main + rest), exact, places)
    if mark == "," and len(rest) > max(2, places):
        raise BadAmount("", remedy)
    amount = exact.scaleb(places)
    if amount != amount.to_integral_value():
        raise BadAmount(f"{currency.upper()} has {places or 'no'} decimals", remedy)
    return int(amount)


def _two_readings(thousands: Decimal, exact: Decimal, places: int) -> BadAmount:
    whole = f"{thousands:.{places}f}"
    plain = f"{exact:f}".rstrip("0").rstrip(".")
    problem = f"that may mean {whole} or {plain}"
    fits = exact == exact.quantize(Decimal(1).scaleb(-places))
    choices = f"{whole} or {exact:.{places}f}" if fits else f"{whole}, if that is meant"
    return BadAmount(problem, f"enter {choices}")


def _example(places: int) -> str:
    return f"{Decimal('12.5'):.{places}f}" if places else "1250"


def as_text(amount: int, currency: str) -> str:
    """Format an amount for people: `12.50 USD`."""
    return f"{as_decimal(amount, currency):,f} {currency.upper()}"


def validate_code(value: str) -> None:
    if len(value) != 3 or not value.isascii() or not value.isalpha() or value != value.lower():
        raise ValidationError("Write the currency's three ISO 4217 letters in lower case: usd.")
