"""The chart of our failure rate of Stream's events, with Stream's limits."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from integration.admin.shared.chart_data import (
    AMBER,
    BLUE,
    RED,
    VIOLET,
    Chart,
    Line,
    Value,
    data_json,
    options_json,
)
from integration.failure_watch import rate
from integration.failure_watch.alarm import STREAM_LIMITS, listed
from integration.failure_watch.rate import Answer, Answers
from integration.monitoring.time_series import Span

_LIMITS = tuple(
    zip(
        ("Stream warns", "Stream warns again", "Stream switches off"),
        STREAM_LIMITS,
        (AMBER, VIOLET, RED),
        strict=True,
    )
)
_EMPTY = "No event has come yet. Web processes count their answers every ten seconds."


def shown(span: Span, now: datetime) -> list[Chart]:
    """Return the chart, or nothing while the role is off and nothing was counted."""
    steps = rate.steps(span, now)
    is_empty = not any(step.total or step.foreign for step in steps)
    return [] if is_empty and not settings.STREAM_EVENTS_SECRETS else [failures(steps, span)]


def failures(steps: Sequence[Answers], span: Span) -> Chart:
    limits = [
        Line(f"{title} ({limit * 100:.0f} %)", color, [limit * 100] * len(steps), is_limit=True)
        for title, limit, color in _LIMITS
    ]
    rates = Line("Failed (%)", BLUE, [_percent(step) for step in steps])
    return Chart(
        title=f"Stream's events: failure rate per {span.step_title}",
        kind="line",
        data=data_json([step.at.strftime(span.clock) for step in steps], [rates, *limits], "line"),
        options=options_json("Time (UTC)", ["Failed (%)"], is_stacked=False),
        summary=_summary(steps, span),
        columns=["From (UTC)", "Failed (%)", "Requests", "Failed", "Strangers'"],
        rows=[_row(step, span) for step in reversed(steps) if step.total or step.foreign],
        empty="" if any(step.total or step.foreign for step in steps) else _EMPTY,
    )


def _percent(step: Answers) -> Value:
    return round(step.ratio * 100, 1) if step.total else None


def _summary(steps: Sequence[Answers], span: Span) -> str:
    whole = Answers(steps[0].at)
    for step in steps:
        whole.total += step.total
        whole.failed.update(step.failed)
        whole.foreign.update(step.foreign)
    text = f"{span.title}: {whole.total:,} requests, {whole.failures:,} failed"
    text += f" ({whole.ratio * 100:.1f} %)" if whole.total else ""
    text += f": {listed(whole.failed)}." if whole.failed else "."
    return text + _strangers(whole.foreign)


def _strangers(foreign: Counter[Answer]) -> str:
    if not foreign:
        return ""
    return f" Not counted: {listed(foreign)} to addresses that never sent an authentic event."


def _row(step: Answers, span: Span) -> list[str]:
    percent = _percent(step)
    numbers = (step.total, step.failures, step.foreign.total())
    return [
        step.at.strftime(span.clock),
        "–" if percent is None else f"{percent:,}",
        *(f"{number:,}" for number in numbers),
    ]
