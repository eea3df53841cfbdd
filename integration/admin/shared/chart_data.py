"""Data and options of Unfold's charts (Chart.js), with a summary and a table of the values."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TEXT = "#6b7f7c"  # Readable on the light and the dark theme.
GREEN, AMBER, RED, BLUE, VIOLET = "#12a594", "#e58a00", "#d6362b", "#5277e0", "#9a5bd0"

Value = float | int | None


@dataclass(frozen=True)
class Line:
    """A line, or one color of the bars; `second` puts it on the right axis.

    A limit is a thin dashed line.
    """

    label: str
    color: str
    values: Sequence[Value]
    second: bool = False
    is_limit: bool = False


@dataclass(frozen=True)
class Chart:
    """The template context of a chart, with the alternatives for screen readers."""

    title: str
    kind: str  # Unfold's component: line or bar.
    data: str
    options: str
    summary: str
    columns: list[str]
    rows: list[list[str]]
    empty: str  # The text that replaces a chart without values; otherwise "".


def data_json(labels: Sequence[str], lines: Sequence[Line], kind: str) -> str:
    """Return the chart's data as JSON."""
    return json.dumps({"labels": labels, "datasets": [_dataset(line, kind) for line in lines]})


def _dataset(line: Line, kind: str) -> dict[str, Any]:
    dataset: dict[str, Any] = {
        "label": line.label,
        "data": list(line.values),
        "borderColor": line.color,
        "backgroundColor": line.color,
        "yAxisID": "y1" if line.second else "y",
    }
    if line.is_limit:
        dataset |= {"borderWidth": 1, "borderDash": [6, 4], "pointRadius": 0}
    elif kind == "line":
        # Only isolated values are drawn as points; the others are joined by lines.
        dataset |= {"borderWidth": 2, "pointRadius": radii(line.values), "pointHoverRadius": 4}
    else:
        dataset |= {"maxBarThickness": 14, "categoryPercentage": 0.9, "barPercentage": 0.9}
    return dataset


def radii(values: Sequence[Value]) -> list[int]:
    around = [None, *values, None]
    return [2 if around[i] is None and around[i + 2] is None else 0 for i in range(len(values))]


def options_json(
    x_title: str, axes: Sequence[str], *, is_stacked: bool, is_logarithmic: bool = False
) -> str:
    """Return the options as JSON; `axes` are the titles of the left and, if any, the right axis."""
    ticks = {"color": TEXT, "maxTicksLimit": 8, "maxRotation": 0, "autoSkipPadding": 12}
    scales: dict[str, Any] = {
        "x": {
            "stacked": is_stacked,
            "grid": {"display": False},
            "ticks": ticks,
            "title": _axis_title(x_title),
        },
        "y": {**_value_axis(axes[0]), "stacked": is_stacked},
    }
    if is_logarithmic:
        scales["y"] |= {"type": "logarithmic", "min": 1}
    if len(axes) > 1:
        right = {"position": "right", "grid": {"drawOnChartArea": False}}
        scales["y1"] = {**_value_axis(axes[1]), **right}
    marks = {"usePointStyle": True, "boxWidth": 8, "boxHeight": 8, "color": TEXT}
    options = {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {"legend": {"display": True, "align": "start", "labels": marks}},
        "scales": scales,
    }
    return json.dumps(options)


def _value_axis(title: str) -> dict[str, Any]:
    return {
        "beginAtZero": True,
        "suggestedMax": 1,
        "grid": {"display": True},
        "ticks": {"color": TEXT, "precision": 0, "maxTicksLimit": 6},
        "title": _axis_title(title),
    }


def _axis_title(text: str) -> dict[str, Any]:
    return {"display": True, "text": text, "color": TEXT}
