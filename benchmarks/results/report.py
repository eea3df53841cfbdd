"""The results as a table for people and as a JSON file for programs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from .measures import Row

_HEADINGS = ("row", "ours", "peer", "ratio", "ceiling", "of it", "spread", "goal")


def table(rows: Iterable[Row], failures: Mapping[str, str]) -> str:
    """Return one line per row, then the peers and ceilings, then the rows not measured."""
    rows = list(rows)
    lines = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    output = [_joined(line, widths) for line in lines]
    output.insert(1, _joined(tuple("-" * width for width in widths), widths))
    output += ["", *(_explanation(row) for row in rows)] if rows else []
    output += [f"{name}: NOT MEASURED: {reason}" for name, reason in failures.items()]
    return "\n".join(output)


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


def _explanation(row: Row) -> str:
    ceiling = f"; ceiling: {row.ceiling_name}" if row.ceiling_name else ""
    return f"{row.row}: peer: {row.peer_name}{ceiling}"


def number(value: float) -> str:
    """Format with at least three significant digits, without exponents: 1234, 12.3, 0.912."""
    for bound, decimals in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= bound:
            return f"{value:.{decimals}f}"
    return f"{value:.3f}"


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write `{"rows": […]}` with unrounded numbers and without the goals."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"rows": [_as_json(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n")


def _as_json(row: Row) -> dict[str, Any]:
    names = [field.name for field in fields(row) if field.name != "goal"]
    return {name: getattr(row, name) for name in names}
