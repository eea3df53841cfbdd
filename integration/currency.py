"""Amounts of money as whole numbers of the currency's smallest unit (contract ALL)."""

from decimal import Decimal

from django.core.exceptions import ValidationError

# ISO 4217: currencies have two decimals unless they are listed here.
_NO_DECIMALS = {
    "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw",
    "pyg", "rwf", "ugx", "uyi", "vnd", "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
_THREE_DECIMALS = {"bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"}


def decimals(currency: str) -> int:
    """Return the currency's number of decimals: JPY 0, USD 2, KWD 3."""
    code = currency.lower()
    if code in _NO_DECIMALS:
        return 0
    return 3 if code in _THREE_DECIMALS else 2


def as_decimal(amount: int, currency: str) -> Decimal:
    """Convert to the main unit: 1250 US cents are Decimal('12.50')."""
    return Decimal(amount).scaleb(-decimals(currency))


def as_text(amount: int, currency: str) -> str:
    """Format an amount for people: `12.50 USD`."""
    return f"{as_decimal(amount, currency):,f} {currency.upper()}"


def validate_code(value: str) -> None:
    if len(value) != 3 or not value.isascii() or not value.isalpha() or value != value.lower():
        raise ValidationError("Write the currency's three ISO 4217 letters in lower case: usd.")
