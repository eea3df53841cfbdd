"""Convert the fields of an object to and from spreadsheet cells."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from integration import currency as currencies


@dataclass(frozen=True)
class Unreadable:
    """A cell with a formula or an error; the problem continues the sentence after its name."""

    text: str
    problem: str

    def __str__(self) -> str:
        return self.text


# Spreadsheet programs may turn text that looks like a date into one.
Cell = str | int | float | Decimal | date | time | timedelta | Unreadable | None

# Programs truncate a cell at 32,767 characters, and count some characters twice.
_MAX_LENGTH = 16_000
_MOST_READ = 32_767  # Longer cells exist only in CSV files that no program has saved.
# Possessive: without backtracking, a cell full of blanks takes linear time.
_ELEMENT = re.compile(r'\s*+(?:"([^"]*+(?:""[^"]*+)*+)"\s*+|([^\s",][^,]*+))?+(?:,|\Z)')
_PLAIN = re.compile(r'[^\s",](?:[^,]*[^\s,])?\Z')
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class BadCell(Exception):
    """A cell cannot be read; the message continues the sentence after the cell's name."""


class TooLong(Exception):
    """A text does not fit into a cell."""


class Kind(ABC):
    """One kind of field.

    `write` returns the cells for a value; the second and later ones go into rows of their own
    below. `read` takes them all and returns None when they are empty.
    """

    def write(self, value: Any, currency: str) -> Sequence[Cell]:
        return [value]

    @abstractmethod
    def read(self, written: list[Cell], currency: str) -> Any: ...


class Text(Kind):
    def write(self, value: str, currency: str) -> Sequence[Cell]:
        return [value[start : start + _MAX_LENGTH] for start in range(0, len(value), _MAX_LENGTH)]

    def read(self, written: list[Cell], currency: str) -> str | None:
        return "".join(as_text(cell) for cell in written) or None


class Id(Text):
    def read(self, written: list[Cell], currency: str) -> str | None:
        return as_text(written[0]).strip() or None


class YesNo(Kind):
    def write(self, value: bool, currency: str) -> Sequence[Cell]:
        return ["yes" if value else "no"]

    def read(self, written: list[Cell], currency: str) -> bool | None:
        text = _only(written)
        if text and text.lower() not in _WORDS:
            raise BadCell(f"contains {_short(text)}: enter yes or no.")
        return _WORDS[text.lower()] if text else None


class Count(Kind):
    def read(self, written: list[Cell], currency: str) -> int | None:
        text = _only(written)
        if text and not re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
            raise BadCell(f"contains {_short(text)}: enter a whole number like 3.")
        return int(text) if text else None


class Number(Kind):
    """A number of percent, with or without the sign."""

    def write(self, value: float, currency: str) -> Sequence[Cell]:
        return [Decimal(str(value))]

    def read(self, written: list[Cell], currency: str) -> float | None:
        text = _only(written)
        if text and not re.fullmatch(r"-?\d{1,15}([.,]\d{1,15})?\s*%?", text, re.ASCII):
            raise BadCell(f"contains {_short(text)}: enter a number like 8.25.")
        return float(text.rstrip("% \u00a0").replace(",", ".")) if text else None


class Money(Kind):
    """A price in the currency's main unit, with decimals, as people write it."""

    def write(self, value: int, currency: str) -> Sequence[Cell]:
        return [currencies.as_decimal(value, currency)]

    def read(self, written: list[Cell], currency: str) -> int | None:
        text = _only(written)
        return amount(text, currency) if text else None


class Words(Kind):
    """A comma-separated list; a word that contains commas or quotes is quoted."""

    def __init__(
        self,
        write: Callable[[Any, str], list[str]] = lambda value, currency: list(value),
        read: Callable[[list[str], str], Any] = lambda words, currency: words,
    ) -> None:
        self._to_words = write
        self._to_value = read

    def write(self, value: Any, currency: str) -> Sequence[Cell]:
        return _joined(self._to_words(value, currency))

    def read(self, written: list[Cell], currency: str) -> Any:
        words = [word for cell in written for word in _split(as_text(cell))]
        return self._to_value(words, currency)


def amount(text: str, currency: str) -> int:
    """Return the price in the currency's smallest unit. Raises BadCell."""
    try:
        return currencies.parse(text, currency)
    except currencies.BadAmount as error:
        but = f", but {error.problem}" if error.problem else ""
        raise BadCell(f"contains {_short(text)}{but}: {error.remedy}.") from error


def as_text(cell: Cell) -> str:
    """Return the cell as a person sees it. Raises BadCell for a date or a long text."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        if len(cell) > _MOST_READ:
            raise BadCell(f"contains more than {_MOST_READ:,} characters: shorten it.")
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Unreadable):
        raise BadCell(cell.problem)
    if isinstance(cell, date | time | timedelta):
        raise BadCell("contains a date or time: format the cell as text and enter it again.")
    try:
        return _number(cell)
    except (InvalidOperation, OverflowError) as error:
        raise BadCell("contains a number that is out of range.") from error


def _number(cell: int | float | Decimal) -> str:
    if isinstance(cell, float) and math.isfinite(cell):
        cell = Decimal(repr(round(cell, 9)))  # Like spreadsheets: 0.1 + 0.2 is 0.3.
    whole = Decimal(cell)
    return f"{int(whole)}" if whole == whole.to_integral_value() else f"{whole.normalize():f}"


def _only(written: list[Cell]) -> str:
    texts = [text for cell in written if (text := as_text(cell).strip())]
    if len(texts) > 1:
        raise BadCell("is filled in on two rows of the same object: fill it in once.")
    return texts[0] if texts else ""


def _short(text: str) -> str:
    return f"“{text if len(text) <= 40 else f'{text[:39]}…'}”"


def _joined(words: list[str]) -> list[str]:
    lines, line = [], ""
    for word in words:
        quoted = word if _PLAIN.match(word) else '"' + word.replace('"', '""') + '"'
        if len(quoted) > _MAX_LENGTH:
            raise TooLong
        if line and len(line) + len(quoted) + 2 > _MAX_LENGTH:
            lines.append(line)
            line = ""
        line = f"{line}, {quoted}" if line else quoted
    return [*lines, line] if line else []


def _split(text: str) -> list[str]:
    words, position = [], 0
    while position < len(text):
        match = _ELEMENT.match(text, position)
        if match is None:
            raise BadCell(
                f"contains {_short(text[position:].strip())}: separate words with commas, and put"
                " quotes around a word that contains one."
            )
        position = match.end()
        if match[1] is not None:
            words.append(match[1].replace('""', '"'))
        elif match[2]:
            words.append(match[2].rstrip())
    return words


def _pairs(words: list[str], example: str) -> list[tuple[str, str]]:
    """Split each word at its last equals sign."""
    for word in words:
        if "=" not in word:
            raise BadCell(f"contains {_short(word)}: enter it like {example}.")
    split = [word.rpartition("=") for word in words]
    return [(name.strip(), value.strip()) for name, _, value in split]


def _prices(name: str, example: str) -> Words:
    def write(rows: list[dict[str, Any]], currency: str) -> list[str]:
        price = currencies.as_decimal
        return [f"{row[name]}={price(row['price_amount'], currency):f}" for row in rows]

    def read(words: list[str], currency: str) -> list[dict[str, Any]]:
        return [
            {name: key, "price_amount": amount(price, currency)}
            for key, price in _pairs(words, example)
        ]

    return Words(write, read)


def _read_quantities(words: list[str], currency: str) -> dict[str, int | None]:
    quantities: dict[str, int | None] = {}
    for key, count in _pairs(words, "mod_cheese=2"):
        if key in quantities:
            raise BadCell(f"names {_short(key)} twice.")
        quantities[key] = COUNT.read([count], currency)
    return quantities


ID, TEXT, YES_NO, MONEY, COUNT, NUMBER = Id(), Text(), YesNo(), Money(), Count(), Number()
IDS = WORDS = Words()
IMAGES = Words(
    lambda images, currency: [image["provider_url"] for image in images],
    lambda words, currency: [{"provider_url": word} for word in words],
)
CHANNEL_PRICES = _prices("dsp", "uber=11.50")
MODIFIER_PRICES = _prices("modifier_id", "mod_cheese=1.50")
QUANTITIES = Words(
    lambda counts, currency: [f"{key}={count}" for key, count in counts.items()], _read_quantities
)
