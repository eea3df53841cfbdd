"""The charts of event delivery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from integration.admin.shared.chart_data import (
    AMBER,
    BLUE,
    GREEN,
    RED,
    Chart,
    Line,
    Value,
    data_json,
    options_json,
)
from integration.monitoring.statistics import percentile
from integration.monitoring.time_series import Outcome, Span, Step

__all__ = ["Chart", "attempts", "latency", "queue"]


@dataclass(frozen=True)
class _Line:
    """A line, or one color of the bars; `second` puts it on the right axis."""

    label: str
    color: str
    value: Callable[[Step], Value]
    second: bool = False

    def over(self, steps: Sequence[Step]) -> Line:
        return Line(self.label, self.color, [self.value(step) for step in steps], self.second)


def attempts(steps: Sequence[Step], span: Span) -> Chart:
    lines = [
        _Line("Delivered", GREEN, lambda step: step.counts[Outcome.DELIVERED]),
        _Line("Failed", AMBER, lambda step: step.counts[Outcome.FAILED]),
        _Line("Refused", RED, lambda step: step.counts[Outcome.REFUSED]),
    ]
    totals = {line.label: sum(int(line.value(step) or 0) for step in steps) for line in lines}
    summary = ", ".join(f"{count:,} {label.lower()}" for label, count in totals.items())
    return _chart(
        f"Attempts per {span.step_title}",
        lines,
        steps,
        span,
        kind="bar",
        axes=["Attempts"],
        summary=f"{span.title}: {summary}.",
        is_empty=not any(totals.values()),
        empty="Nothing has been sent yet.",
    )


def queue(steps: Sequence[Step], span: Span) -> Chart:
    longest = max((step.oldest_seconds or 0 for step in steps), default=0)
    unit, unit_seconds = _unit(longest)
    lines = [
        _Line("Waiting events", BLUE, lambda step: step.waiting),
        _Line(
            f"Oldest waiting ({unit})",
            AMBER,
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
        summary=f"{span.title}: at most {most} waiting,"
        f" the oldest for {_divided(longest, unit_seconds):g} {unit}.",
        is_empty=all(step.waiting is None for step in steps),
        empty="No data yet: a worker counts waiting events once a minute.",
    )


def latency(steps: Sequence[Step], span: Span) -> Chart:
    def percentile_of(q: float) -> Callable[[Step], Value]:
        return lambda step: _rounded(percentile(step.buckets, q))

    lines = [
        _Line("Median (p50)", GREEN, percentile_of(0.5)),
        _Line("95th percentile (p95)", BLUE, percentile_of(0.95)),
        _Line("99th percentile (p99)", AMBER, percentile_of(0.99)),
    ]
    totals = [sum(column) for column in zip(*(step.buckets for step in steps), strict=True)]
    parts = [f"p{q * 100:.0f} {percentile(totals, q) or 0:,.0f} ms" for q in (0.5, 0.95, 0.99)]
    return _chart(
        "Attempt duration (upper bound)",
        lines,
        steps,
        span,
        kind="line",
        axes=["Milliseconds (logarithmic)"],
        summary=f"{span.title}: {', '.join(parts)}.",
        is_empty=not any(totals),
        empty="Nothing has been sent yet.",
        is_logarithmic=True,  # Shows a fast 40 ms and a 15 s timeout in one chart.
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
    return Chart(
        title=title,
        kind=kind,
        data=data_json(
            [step.at.strftime(span.clock) for step in steps],
            [line.over(steps) for line in lines],
            kind,
        ),
        options=options_json(
            "Time (UTC)", axes, is_stacked=kind == "bar", is_logarithmic=is_logarithmic
        ),
        summary=summary,
        columns=["From (UTC)", *(line.label for line in lines)],
        rows=_rows(lines, steps, span),
        empty=empty if is_empty else "",
    )


def _rows(lines: list[_Line], steps: Sequence[Step], span: Span) -> list[list[str]]:
    """List the steps newest first, without empty ones."""
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
