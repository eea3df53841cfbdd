"""How the fields of an object stand in cells, and what people may write there."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from integration import currency as currencies

# What a cell holds; a spreadsheet may make a date of what looks like one.
Cell = str | int | float | Decimal | date | time | timedelta | None

# Programs cut a cell off at 32,767 characters, of which some signs count as two.
_MOST = 16_000
_ELEMENT = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^\s",][^,]*?))?\s*(?:,|\Z)')
_PLAIN = re.compile(r'[^\s",](?:[^,]*[^\s,])?\Z')
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class BadCell(Exception):
    """What is written in a cell cannot be read; the message goes on after the cell's name."""


class TooLong(Exception):
    """A text does not fit into cells."""


class Kind(ABC):
    """One kind of field.

    `write` gives the cells it takes, of which the second and later ones stand below in rows of
    their own; `read` is given them all, and says None when nothing is there.
    """

    def write(self, value: Any, currency: str) -> Sequence[Cell]:
        return [value]

    @abstractmethod
    def read(self, written: list[Cell], currency: str) -> Any: ...


class Text(Kind):
    def write(self, value: str, currency: str) -> Sequence[Cell]:
        return [value[start : start + _MOST] for start in range(0, len(value), _MOST)]

    def read(self, written: list[Cell], currency: str) -> str | None:
        return "".join(as_text(one) for one in written) or None


class Id(Text):
    def read(self, written: list[Cell], currency: str) -> str | None:
        return as_text(written[0]).strip() or None


class YesNo(Kind):
    def write(self, value: bool, currency: str) -> Sequence[Cell]:
        return ["yes" if value else "no"]

    def read(self, written: list[Cell], currency: str) -> bool | None:
        text = _only(written)
        if text and text.lower() not in _WORDS:
            raise BadCell(f"holds {_short(text)}: write yes or no.")
        return _WORDS[text.lower()] if text else None


class Count(Kind):
    def read(self, written: list[Cell], currency: str) -> int | None:
        text = _only(written)
        if text and not re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
            raise BadCell(f"holds {_short(text)}: write a whole number like 3.")
        return int(text) if text else None


class Number(Kind):
    def write(self, value: float, currency: str) -> Sequence[Cell]:
        return [Decimal(str(value))]

    def read(self, written: list[Cell], currency: str) -> float | None:
        text = _only(written)
        if text and not re.fullmatch(r"-?\d{1,15}([.,]\d{1,15})?", text, re.ASCII):
            raise BadCell(f"holds {_short(text)}: write a number like 8.25.")
        return float(text.replace(",", ".")) if text else None


class Money(Kind):
    """Whole units with the currency's decimals, as people write prices."""

    def write(self, value: int, currency: str) -> Sequence[Cell]:
        return [currencies.as_decimal(value, currency)]

    def read(self, written: list[Cell], currency: str) -> int | None:
        text = _only(written)
        return amount(text, currency) if text else None


class Words(Kind):
    """A list with commas between its words; a word that holds commas or quotes is in quotes."""

    def __init__(
        self,
        write: Callable[[Any, str], list[str]] = lambda value, currency: list(value),
        read: Callable[[list[str], str], Any] = lambda words, currency: words,
    ) -> None:
        self._words_of = write
        self._value_of = read

    def write(self, value: Any, currency: str) -> Sequence[Cell]:
        return _joined(self._words_of(value, currency))

    def read(self, written: list[Cell], currency: str) -> Any:
        words = [word for one in written for word in _split(as_text(one))]
        return self._value_of(words, currency)


def amount(text: str, currency: str) -> int:
    """The price in the currency's smallest unit. Raises BadCell."""
    decimals = currencies.decimals(currency)
    example = f"{12 * 10**decimals + 5 * 10 ** (decimals - 1)}" if decimals else "1250"
    example = f"{Decimal(example).scaleb(-decimals):f}"
    # With two decimals a comma cannot be meant for thousands when only two digits follow it.
    said = re.sub(r"\A(-?\d+),(\d\d?)\Z", r"\1.\2", text) if decimals == 2 else text
    if not re.fullmatch(r"-?\d{1,16}(\.\d{1,15})?", said, re.ASCII):
        raise BadCell(f"holds {_short(text)}: write a price like {example}.")
    exact = Decimal(said).scaleb(decimals)
    if exact != exact.to_integral_value():
        raise BadCell(
            f"holds {_short(text)}, but {currency.upper()} has {decimals or 'no'} decimals: write"
            f" a price like {example}."
        )
    return int(exact)


def as_text(cell: Cell) -> str:
    """What a person sees in the cell. Raises BadCell for a date."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, date | time | timedelta):
        raise BadCell("holds a date or a time: format the cell as text and write it again.")
    try:
        return _number(cell)
    except (InvalidOperation, OverflowError) as error:
        raise BadCell("holds a number out of range.") from error


def _number(cell: int | float | Decimal) -> str:
    if isinstance(cell, float) and math.isfinite(cell):
        cell = Decimal(repr(round(cell, 9)))  # 0.1 + 0.2, as spreadsheets count.
    whole = Decimal(cell)
    return f"{int(whole)}" if whole == whole.to_integral_value() else f"{whole.normalize():f}"


def _only(written: list[Cell]) -> str:
    texts = [text for one in written if (text := as_text(one).strip())]
    if len(texts) > 1:
        raise BadCell("is written in two rows of the same object: write it once.")
    return texts[0] if texts else ""


def _short(text: str) -> str:
    return f"“{text if len(text) <= 40 else f'{text[:39]}…'}”"


def _joined(words: list[str]) -> list[str]:
    lines, line = [], ""
    for word in words:
        shown = word if _PLAIN.match(word) else '"' + word.replace('"', '""') + '"'
        if len(shown) > _MOST:
            raise TooLong
        if line and len(line) + len(shown) + 2 > _MOST:
            lines.append(line)
            line = ""
        line = f"{line}, {shown}" if line else shown
    return [*lines, line] if line else []


def _split(text: str) -> list[str]:
    words, at = [], 0
    while at < len(text):
        found = _ELEMENT.match(text, at)
        if found is None:
            raise BadCell(
                f"holds {_short(text[at:].strip())}: write commas between the words, and quotes at"
                " both ends of a word that has commas."
            )
        at = found.end()
        if found[1] is not None:
            words.append(found[1].replace('""', '"'))
        elif found[2]:
            words.append(found[2])
    return words


def _pairs(words: list[str], example: str) -> list[tuple[str, str]]:
    """What stands before and after the last equals sign of each word."""
    for word in words:
        if "=" not in word:
            raise BadCell(f"holds {_short(word)}: write it like {example}.")
    split = [word.rpartition("=") for word in words]
    return [(name.strip(), value.strip()) for name, _, value in split]


def _prices(name: str, example: str) -> Words:
    def write(rows: list[dict[str, Any]], currency: str) -> list[str]:
        shown = currencies.as_decimal
        return [f"{row[name]}={shown(row['price_amount'], currency):f}" for row in rows]

    def read(words: list[str], currency: str) -> list[dict[str, Any]]:
        return [
            {name: key, "price_amount": amount(price, currency)}
            for key, price in _pairs(words, example)
        ]

    return Words(write, read)


def _read_quantities(words: list[str], currency: str) -> dict[str, int | None]:
    read: dict[str, int | None] = {}
    for key, count in _pairs(words, "mod_cheese=2"):
        if key in read:
            raise BadCell(f"names {_short(key)} twice.")
        read[key] = COUNT.read([count], currency)
    return read


ID, TEXT, YES_NO, MONEY, COUNT, NUMBER = Id(), Text(), YesNo(), Money(), Count(), Number()
IDS = WORDS = Words()
IMAGES = Words(
    lambda images, currency: [one["provider_url"] for one in images],
    lambda words, currency: [{"provider_url": one} for one in words],
)
CHANNEL_PRICES = _prices("dsp", "uber=11.50")
MODIFIER_PRICES = _prices("modifier_id", "mod_cheese=1.50")
QUANTITIES = Words(
    lambda counts, currency: [f"{key}={count}" for key, count in counts.items()], _read_quantities
)
