"""What the page "Delivery" shows: how it stands now, and how it went."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from integration.delivery import circuit_breaker
from integration.models import Alarm, Endpoint, OutboundEvent
from integration.monitoring import time_series
from integration.monitoring.statistics import percentile
from integration.monitoring.time_series import SPANS, Outcome, Step
from integration.webhooks import explanations
from integration.webhooks.endpoints import STREAM

from . import charts

State = OutboundEvent.State
STATES = {"closed": "Works", "open": "Failing", "stopped": "Stopped"}
COLORS = {"Works": "success", "Failing": "warning", "Stopped": "danger"}


def page_of(span_name: str, receiver_name: str) -> dict[str, Any]:
    """Everything the template needs; an unknown span or receiver is the hour, or Stream."""
    now = timezone.now()
    span = SPANS.get(span_name, SPANS["hour"])
    known = {endpoint.name: endpoint for endpoint in circuit_breaker.load()}
    shown = known.get(receiver_name, known[STREAM])
    steps = time_series.steps(shown.name, span, now)
    return {
        "now": explanations.instant(now, now),
        "span": span,
        "spans": list(SPANS.values()),
        "receiver": shown,
        "receivers": [_receiver(endpoint, now) for endpoint in known.values()],
        "figures": [*_now(shown, now), *_meanwhile(steps, span.title.lower())],
        "charts": [
            charts.attempts(steps, span), charts.queue(steps, span), charts.latency(steps, span),
        ],
    }  # fmt: skip


def _receiver(endpoint: Endpoint, now: datetime) -> dict[str, Any]:
    label = STATES[endpoint.breaker]
    return {
        "endpoint": endpoint,
        "label": label,
        "color": COLORS[label],
        "explained": explanations.why_stuck(endpoint, now) or "Events go out as they arise.",
    }


def _now(endpoint: Endpoint, now: datetime) -> list[dict[str, Any]]:
    events = OutboundEvent.objects.filter(endpoint=endpoint.name)
    waiting = events.filter(state=State.WAITING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    day = now - timedelta(days=1)
    ended = events.filter(finished_at__gt=day).aggregate(
        given_up=Count("pk", filter=Q(state=State.FAILED))
    )
    alarms = Alarm.objects.filter(endpoint=endpoint.name, resolved_at=None).count()
    oldest = waiting["oldest"]
    return [
        {"label": "Waiting now", "value": f"{waiting['count']:,}"},
        {
            "label": "Oldest waiting",
            "value": explanations.duration(now - oldest) if oldest else "–",
        },
        {
            "label": "Given up, last day",
            "value": f"{ended['given_up']:,}",
            "is_bad": ended["given_up"] > 0,
        },
        {"label": "Open alarms", "value": f"{alarms:,}", "is_bad": alarms > 0},
    ]


def _meanwhile(steps: list[Step], span_title: str) -> list[dict[str, Any]]:
    counts = {name: sum(step.counts[name] for step in steps) for name in Outcome.values}
    tries = sum(counts.values())
    delivered = counts[Outcome.DELIVERED]
    buckets = [sum(column) for column in zip(*(step.buckets for step in steps), strict=True)]
    p95 = percentile(buckets, 0.95)
    share = f"{100 * delivered / tries:.1f} %" if tries else "–"
    return [
        {"label": f"Delivered, {span_title}", "value": f"{delivered:,}"},
        {"label": f"Failed or refused, {span_title}", "value": f"{tries - delivered:,}"},
        {"label": f"Tries that arrived, {span_title}", "value": share},
        {"label": f"95 of 100 tries took, {span_title}", "value": _took(p95)},
    ]


def _took(ms: float | None) -> str:
    return "–" if ms is None else f"≤ {ms:,.0f} ms"
