"""The table that people read, and the file that programs read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from .measures import Row

_HEADINGS = ("row", "ours", "peer", "ratio", "ceiling", "of it", "spread", "goal")


def table(rows: Iterable[Row], failures: Mapping[str, str]) -> str:
    """One line for each row, then what stands behind the names, then what could not be measured."""
    rows = list(rows)
    lines = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    printed = [_joined(line, widths) for line in lines]
    printed.insert(1, _joined(tuple("-" * width for width in widths), widths))
    printed += ["", *(_explained(row) for row in rows)] if rows else []
    printed += [f"{name}: NOT MEASURED: {reason}" for name, reason in failures.items()]
    return "\n".join(printed)


def _cells(row: Row) -> tuple[str, ...]:
    reached = "reached" if row.goal.is_reached(row) else "MISSED"
    return (
        row.row,
        f"{number(row.ours)} {row.unit}",
        f"{number(row.peer)} {row.unit}",
        number(row.ratio),
        "-" if row.ceiling is None else f"{number(row.ceiling)} {row.unit}",
        "-" if row.ceiling_ratio is None else number(row.ceiling_ratio),
        f"{row.spread:.0%}",
        f"{row.goal}: {reached}",
    )


def _joined(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _explained(row: Row) -> str:
    ceiling = f"; ceiling: {row.ceiling_name}" if row.ceiling_name else ""
    return f"{row.row}: peer: {row.peer_name}{ceiling}"


def number(value: float) -> str:
    """Three digits that count, never in powers of ten: 1234, 12.3, 0.912."""
    for bound, decimals in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= bound:
            return f"{value:.{decimals}f}"
    return f"{value:.3f}"


def write(path: Path, rows: Iterable[Row]) -> None:
    """`{"rows": […]}` with the numbers as they were measured; the goals are not in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"rows": [_plain(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n")


def _plain(row: Row) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(row) if one.name != "goal"}
