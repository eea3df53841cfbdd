"""The page "Delivery": the current state, and statistics over time."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from integration.delivery import circuit_breaker
from integration.models import Alarm, Endpoint, OutboundEvent
from integration.monitoring import alarms, time_series
from integration.monitoring.statistics import percentile
from integration.monitoring.time_series import SPANS, Outcome, Step
from integration.webhooks import explanations
from integration.webhooks.endpoints import STREAM

from . import charts, failure_chart

State = OutboundEvent.State
STATES = {"closed": "Working", "open": "Failing", "stopped": "Stopped"}
ATTENTION = "Needs attention"  # It works, and an alarm about it is open.
COLORS = {"Working": "success", ATTENTION: "warning", "Failing": "warning", "Stopped": "danger"}


def page_of(span_name: str, receiver_name: str) -> dict[str, Any]:
    """Return the template context; an unknown span or receiver falls back to hour and Stream."""
    now = timezone.now()
    span = SPANS.get(span_name, SPANS["hour"])
    known = {endpoint.name: endpoint for endpoint in circuit_breaker.load_endpoints()}
    shown = known.get(receiver_name, known[STREAM])
    steps = time_series.steps(shown.name, span, now)
    open_alarms = list(Alarm.objects.filter(resolved_at=None).order_by("-raised_at", "-pk"))
    return {
        "headline": _headline(open_alarms),
        "now": explanations.clock_time(now, now),
        "span": span,
        "spans": list(SPANS.values()),
        "receiver": shown,
        "receivers": [_receiver(endpoint, open_alarms, now) for endpoint in known.values()],
        "figures": [
            *_current_figures(shown, now),
            _alarm_figure(len(open_alarms)),
            *_span_figures(steps, span.title.lower()),
        ],
        "charts": [
            charts.attempts(steps, span), charts.queue(steps, span), charts.latency(steps, span),
            *failure_chart.shown(span, now),
        ],
    }  # fmt: skip


def _headline(open_alarms: list[Alarm]) -> dict[str, Any]:
    """Say whether anything needs a person, in the words of the open alarms."""
    if not open_alarms:
        return {"state": "ok", "text": "No alarm is open."}
    count = len(open_alarms)
    are = "1 alarm is" if count == 1 else f"{count:,} alarms are"
    is_outage = any(alarms.is_outage(alarm) for alarm in open_alarms)
    text = f"{are} open: {alarms.kinds_in_words(open_alarms)}."
    return {"state": "error" if is_outage else "warning", "text": text}


def _receiver(endpoint: Endpoint, open_alarms: list[Alarm], now: datetime) -> dict[str, Any]:
    label = STATES[endpoint.breaker]
    if label == "Working" and any(alarm.endpoint == endpoint.name for alarm in open_alarms):
        label = ATTENTION
    return {
        "endpoint": endpoint,
        "label": label,
        "color": COLORS[label],
        "explained": explanations.why_stuck(endpoint, now) or "Events are sent as they occur.",
    }


def _current_figures(endpoint: Endpoint, now: datetime) -> list[dict[str, Any]]:
    events = OutboundEvent.objects.filter(endpoint=endpoint.name)
    waiting = events.filter(state=State.WAITING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    day = now - timedelta(days=1)
    finished = events.filter(finished_at__gt=day).aggregate(
        given_up=Count("pk", filter=Q(state=State.FAILED))
    )
    oldest = waiting["oldest"]
    return [
        {"label": "Waiting now", "value": f"{waiting['count']:,}"},
        {
            "label": "Oldest waiting",
            "value": explanations.duration(now - oldest) if oldest else "–",
        },
        {
            "label": "Given up in the last 24 hours",
            "value": f"{finished['given_up']:,}",
            "is_bad": finished["given_up"] > 0,
        },
    ]


def _alarm_figure(count: int) -> dict[str, Any]:
    return {"label": "Open alarms", "value": f"{count:,}", "is_bad": count > 0}


def _span_figures(steps: list[Step], span_title: str) -> list[dict[str, Any]]:
    counts = {name: sum(step.counts[name] for step in steps) for name in Outcome.values}
    attempts = sum(counts.values())
    delivered = counts[Outcome.DELIVERED]
    buckets = [sum(column) for column in zip(*(step.buckets for step in steps), strict=True)]
    p95 = percentile(buckets, 0.95)
    share = f"{100 * delivered / attempts:.1f} %" if attempts else "–"
    return [
        {"label": f"Delivered, {span_title}", "value": f"{delivered:,}"},
        {"label": f"Failed or refused, {span_title}", "value": f"{attempts - delivered:,}"},
        {"label": f"Success rate, {span_title}", "value": share},
        {"label": f"95th percentile duration, {span_title}", "value": _duration(p95)},
    ]


def _duration(ms: float | None) -> str:
    return "–" if ms is None else f"≤ {ms:,.0f} ms"
