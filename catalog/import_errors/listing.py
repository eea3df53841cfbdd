"""Show the errors of a file as a table: where, what stands there, and what to write."""

from collections.abc import Iterator, Sequence

from integration.api.text import storable, without_controls

from .problems import BadCatalog

HEADINGS = ("sheet", "row", "column", "value", "what to write")
_WIDEST = 40  # Of a column of the plain table but the last one.


def rows(error: BadCatalog) -> list[list[str]]:
    """Return a row for each problem that is told, as text that every database can hold."""
    return [
        [
            without_controls(storable(text))
            for text in (one.sheet, one.row, one.column, one.value, one.advice)
        ]
        for one in error.problems
    ]


def summary(error: BadCatalog) -> str:
    """Return one sentence: the problem, or how many there are."""
    if error.count == 1:
        return storable(error.problems[0].message)
    return f"The file has {error.count:,} errors."


def plain_table(error: BadCatalog) -> str:
    """Return the table as lines of text for a terminal."""
    lines = [list(HEADINGS), *rows(error)]
    widths = [max(len(_cut(line[index])) for line in lines) for index in range(len(HEADINGS) - 1)]
    told = [_line(line, widths) for line in lines]
    if error.count > len(error.problems):
        told.append(f"and {error.count - len(error.problems):,} more")
    return "\n".join(told)


def _line(line: Sequence[str], widths: Sequence[int]) -> str:
    padded: Iterator[str] = (
        _cut(text).ljust(width) for text, width in zip(line, widths, strict=False)
    )
    return "  ".join([*padded, " ".join(line[-1].split())])


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDEST else f"{flat[: _WIDEST - 1]}…"
