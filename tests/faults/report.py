"""The results as a table for people and as a JSON file for programs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_HEADINGS = (
    "fault", "stand", "sent", "received", "given up", "lost", "out of order", "duplicates",
    "allowed", "seconds", "",
)  # fmt: skip
_COUNTS = ("sent", "received", "ended", "lost", "out_of_order", "duplicates", "allowed")

Row = Mapping[str, Any]


def table(rows: Iterable[Row]) -> str:
    """Return one line per run, the totals, and then the notes and problems."""
    rows = list(rows)
    lines = [_HEADINGS, *(_cells(row) for row in rows), _totals(rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    output = [_joined(line, widths) for line in lines]
    output.insert(1, "-" * (sum(widths) + 2 * len(widths) - 2))
    output.insert(-1, output[1])
    for row in rows:
        if row["notes"]:
            output.append(f"{row['fault']} ({row['stand']}): {', '.join(row['notes'])}")
        output += [f"{row['fault']} ({row['stand']}): {problem}" for problem in row["problems"]]
    return "\n".join(output)


def line(row: Row) -> str:
    """Return the progress line printed when a run has finished."""
    result = "ok" if row["passed"] else "FAILED"
    return f"{result:<7} {row['seconds']:6.1f} s  {row['stand']}: {row['fault']}"


def _cells(row: Row) -> tuple[str, ...]:
    counts = [str(row[name]) for name in _COUNTS]
    result = "ok" if row["passed"] else "FAILED"
    return (row["fault"], row["stand"], *counts, f"{row['seconds']:.1f}", result)


def _totals(rows: list[Row]) -> tuple[str, ...]:
    counts = [str(sum(row[name] for row in rows)) for name in _COUNTS]
    failed = sum(not row["passed"] for row in rows)
    seconds = f"{sum(row['seconds'] for row in rows):.1f}"
    return (f"{len(rows)} runs", "", *counts, seconds, f"{failed} FAILED" if failed else "all ok")


def _joined(cells: tuple[str, ...], widths: list[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return "  ".join([*names, *numbers]).rstrip()


def write(path: Path, rows: list[Row], skipped: Mapping[str, str], *, is_long: bool) -> None:
    """Write `{"long", "rows": […], "skipped": {stand: reason}}` with the rows of the table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"long": is_long, "rows": rows, "skipped": dict(skipped)}
    path.write_text(json.dumps(content, indent=1) + "\n")
