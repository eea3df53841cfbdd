"""Unfold's charts (Chart.js): their data and options, and the same in words and numbers."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..plots import Outcome, Span, Step
from ..tallies import percentile

_TEXT = "#6b7f7c"  # Readable on the light and on the dark theme.
_GREEN, _AMBER, _RED, _BLUE = "#12a594", "#e58a00", "#d6362b", "#5277e0"

Value = float | int | None


@dataclass(frozen=True)
class _Line:
    """One line, or one colour of the bars; `second` puts it on the axis at the right."""

    label: str
    color: str
    value: Callable[[Step], Value]
    second: bool = False


@dataclass(frozen=True)
class Chart:
    """What the template needs to draw one chart, and to tell it to who does not see it."""

    title: str
    kind: str  # Unfold's component: line or bar.
    data: str
    options: str
    summary: str
    columns: list[str]
    rows: list[list[str]]
    empty: str  # What stands there instead of a chart without a value; otherwise "".


def attempts(steps: Sequence[Step], span: Span) -> Chart:
    lines = [
        _Line("Delivered", _GREEN, lambda step: step.counts[Outcome.DELIVERED]),
        _Line("Failed", _AMBER, lambda step: step.counts[Outcome.FAILED]),
        _Line("Refused", _RED, lambda step: step.counts[Outcome.REFUSED]),
    ]
    totals = {line.label: sum(int(line.value(step) or 0) for step in steps) for line in lines}
    summary = ", ".join(f"{count:,} {label.lower()}" for label, count in totals.items())
    return _chart(
        f"Tries per {span.step_title}",
        lines,
        steps,
        span,
        kind="bar",
        axes=["Tries"],
        summary=f"{span.title}: {summary}.",
        is_empty=not any(totals.values()),
        empty="Nothing was sent yet.",
    )


def queue(steps: Sequence[Step], span: Span) -> Chart:
    longest = max((step.oldest_seconds or 0 for step in steps), default=0)
    unit, unit_seconds = _unit(longest)
    lines = [
        _Line("Waiting events", _BLUE, lambda step: step.waiting),
        _Line(
            f"Oldest waiting ({unit})",
            _AMBER,
            lambda step: (
                None if step.oldest_seconds is None else _divided(step.oldest_seconds, unit_seconds)
            ),
            second=True,
        ),
    ]
    most = max((step.waiting or 0 for step in steps), default=0)
    return _chart(
        "Waiting events",
        lines,
        steps,
        span,
        kind="line",
        axes=["Events", f"Age in {unit}"],
        summary=f"{span.title}: at most {most} waited,"
        f" the oldest for {_divided(longest, unit_seconds):g} {unit}.",
        is_empty=all(step.waiting is None for step in steps),
        empty="Nothing was noted yet: the scheduler counts what waits once a minute.",
    )


def latency(steps: Sequence[Step], span: Span) -> Chart:
    def part(q: float) -> Callable[[Step], Value]:
        return lambda step: _rounded(percentile(step.buckets, q))

    lines = [
        _Line("Half of them (p50)", _GREEN, part(0.5)),
        _Line("95 of 100 (p95)", _BLUE, part(0.95)),
        _Line("99 of 100 (p99)", _AMBER, part(0.99)),
    ]
    whole = [sum(column) for column in zip(*(step.buckets for step in steps), strict=True)]
    parts = [f"p{q * 100:.0f} {percentile(whole, q) or 0:,.0f} ms" for q in (0.5, 0.95, 0.99)]
    return _chart(
        "How long a try takes, at most",
        lines,
        steps,
        span,
        kind="line",
        axes=["Milliseconds (logarithmic)"],
        summary=f"{span.title}: {', '.join(parts)}.",
        is_empty=not any(whole),
        empty="Nothing was sent yet.",
        is_logarithmic=True,  # A quick receiver's 40 ms and a time limit's 15 s in one picture.
    )


def _chart(
    title: str,
    lines: list[_Line],
    steps: Sequence[Step],
    span: Span,
    *,
    kind: str,
    axes: list[str],
    summary: str,
    is_empty: bool,
    empty: str,
    is_logarithmic: bool = False,
) -> Chart:
    data = {
        "labels": [step.at.strftime(span.clock) for step in steps],
        "datasets": [_dataset(line, steps, kind) for line in lines],
    }
    return Chart(
        title=title,
        kind=kind,
        data=json.dumps(data),
        options=json.dumps(_options(axes, is_stacked=kind == "bar", is_logarithmic=is_logarithmic)),
        summary=summary,
        columns=["From (UTC)", *(line.label for line in lines)],
        rows=_rows(lines, steps, span),
        empty=empty if is_empty else "",
    )


def _dataset(line: _Line, steps: Sequence[Step], kind: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "label": line.label,
        "data": [line.value(step) for step in steps],
        "borderColor": line.color,
        "backgroundColor": line.color,
        "yAxisID": "y1" if line.second else "y",
    }
    if kind == "line":
        # Only a value that stands alone is a point; the others are joined.
        drawn |= {"borderWidth": 2, "pointRadius": _radii(drawn["data"]), "pointHoverRadius": 4}
    else:
        drawn |= {"maxBarThickness": 14, "categoryPercentage": 0.9, "barPercentage": 0.9}
    return drawn


def _radii(values: list[Value]) -> list[int]:
    around = [None, *values, None]
    return [2 if around[i] is None and around[i + 2] is None else 0 for i in range(len(values))]


def _options(axes: list[str], *, is_stacked: bool, is_logarithmic: bool) -> dict[str, Any]:
    ticks = {"color": _TEXT, "maxTicksLimit": 8, "maxRotation": 0, "autoSkipPadding": 12}
    scales: dict[str, Any] = {
        "x": {
            "stacked": is_stacked,
            "grid": {"display": False},
            "ticks": ticks,
            "title": _axis_title("Time (UTC)"),
        },
        "y": {**_value_axis(axes[0]), "stacked": is_stacked},
    }
    if is_logarithmic:
        scales["y"] |= {"type": "logarithmic", "min": 1}
    if len(axes) > 1:
        right = {"position": "right", "grid": {"drawOnChartArea": False}}
        scales["y1"] = {**_value_axis(axes[1]), **right}
    marks = {"usePointStyle": True, "boxWidth": 8, "boxHeight": 8, "color": _TEXT}
    return {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {"legend": {"display": True, "align": "start", "labels": marks}},
        "scales": scales,
    }


def _value_axis(title: str) -> dict[str, Any]:
    return {
        "beginAtZero": True,
        "suggestedMax": 1,
        "grid": {"display": True},
        "ticks": {"color": _TEXT, "precision": 0, "maxTicksLimit": 6},
        "title": _axis_title(title),
    }


def _axis_title(text: str) -> dict[str, Any]:
    return {"display": True, "text": text, "color": _TEXT}


def _rows(lines: list[_Line], steps: Sequence[Step], span: Span) -> list[list[str]]:
    """The newest first, without the steps in which nothing was."""
    rows = []
    for step in reversed(steps):
        values = [line.value(step) for line in lines]
        if any(values):
            shown = ["–" if value is None else f"{value:,}" for value in values]
            rows.append([step.at.strftime(span.clock), *shown])
    return rows


def _unit(longest_seconds: int) -> tuple[str, int]:
    for unit, seconds, most in (("seconds", 1, 180), ("minutes", 60, 180), ("hours", 3600, 72)):
        if longest_seconds <= seconds * most:
            return unit, seconds
    return "days", 86400


def _divided(seconds: int, unit_seconds: int) -> float:
    return round(seconds / unit_seconds, 1)


def _rounded(value: float | None) -> Value:
    return None if value is None else round(value)
