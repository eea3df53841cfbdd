"""/metrics: the state of delivery, for Prometheus.

Delivery is read from the database; requests are counted by the web processes of one server, and
are all that is reported while the database is away.
"""

import hmac
import ipaddress
from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.db import Error
from django.db.models import BigIntegerField, Count, Min, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from integration.db import outages
from integration.models import Alarm, DeliveryTally, Endpoint, OutboundEvent
from integration.monitoring import counters
from integration.monitoring import statistics as delivery_statistics
from integration.webhooks import endpoints
from stream_pos.version import VERSION

from .collectors import ClockCollector, HandlerCollector

State = OutboundEvent.State
_BREAKER = ("closed", "open", "stopped")
# A proxied request does not count as local, even if the proxy runs on this machine.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus format; 401 without the token (RFC 6750)."""
    if not _is_allowed(request):
        unauthorized = HttpResponse(status=401, content_type="text/plain")
        unauthorized["WWW-Authenticate"] = "Bearer"
        return unauthorized
    registry = CollectorRegistry()
    registry.register(_DeliveryCollector())
    own = generate_latest(counters.registry())
    registry.register(ClockCollector())
    registry.register(HandlerCollector())
    try:
        return HttpResponse(own + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except Error as error:
        if not outages.is_outage(error):
            raise
        outages.report(error)
        # What this machine knows by itself matters most while the database is away.
        return HttpResponse(own, content_type=CONTENT_TYPE_LATEST)


def _is_allowed(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return _is_from_this_machine(request)
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    # Each character of a header stands for one byte (PEP 3333).
    token = credentials.strip().encode("latin-1", "replace")
    is_token = hmac.compare_digest(token, settings.METRICS_TOKEN.encode())
    return is_token and scheme.lower() == "bearer"


def _is_from_this_machine(request: HttpRequest) -> bool:
    if any(header in request.headers for header in _FORWARDED):
        return False
    # Refuse foreign host names that resolve to this machine (DNS rebinding).
    if "Host" in request.headers:
        host, _port = split_domain_port(request.headers["Host"])
        if not validate_host(host, [*settings.ALLOWED_HOSTS, *settings.LOOPBACK_HOSTS]):
            return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class _DeliveryCollector(Collector):
    """Collect delivery metrics with five queries, regardless of the number of receivers."""

    def collect(self) -> Iterator[Metric]:
        receivers = {endpoint.name: endpoint for endpoint in Endpoint.objects.all()}
        receivers.setdefault(endpoints.STREAM, Endpoint(name=endpoints.STREAM))
        yield from _queue(receivers)
        yield from _attempts(receivers)
        yield _states(receivers)
        yield _open_alarms()
        yield InfoMetricFamily("stream_pos_build", "Version of Stream POS.", {"version": VERSION})


def _queue(receivers: dict[str, Endpoint]) -> Iterator[Metric]:
    now = timezone.now()
    waiting = _by_endpoint(Q(state=State.WAITING))
    failed = _by_endpoint(Q(state=State.FAILED, finished_at__gt=now - timedelta(days=1)))
    counts = _gauge("events_waiting", "Events not yet delivered.")
    ages = _gauge("oldest_waiting_seconds", "Age of the oldest waiting event; 0: none is waiting.")
    failures = _gauge("events_failed", "Events given up within the last day.")
    for name in sorted(receivers.keys() | waiting.keys() | failed.keys()):
        count, oldest = waiting.get(name, (0, now))
        counts.add_metric([name], count)
        ages.add_metric([name], max(0.0, (now - oldest).total_seconds()))
        failures.add_metric([name], failed.get(name, (0, now))[0])
    yield from (counts, ages, failures)


def _by_endpoint(condition: Q) -> dict[str, tuple[int, Any]]:
    """Return, per endpoint, the number of matching events and the oldest creation time."""
    events = OutboundEvent.objects.filter(condition).values_list("endpoint")
    rows = events.annotate(Count("pk"), Min("created_at"))
    return {name: (count, oldest) for name, count, oldest in rows}


_BUCKETS = [f"bucket_{i}" for i in range(len(delivery_statistics.BUCKETS_MS) + 1)]
_BOUNDS = [*(str(ms / 1000) for ms in delivery_statistics.BUCKETS_MS), "+Inf"]


def _attempts(receivers: dict[str, Endpoint]) -> Iterator[Metric]:
    tallies = _tallies()
    total = CounterMetricFamily(
        "stream_pos_delivery_attempts",
        "Attempts to deliver an event.",
        labels=["endpoint", "outcome"],
    )
    durations = HistogramMetricFamily(
        "stream_pos_delivery_attempt_seconds", "Duration of attempts.", labels=["endpoint"]
    )
    for name in sorted(receivers.keys() | {endpoint for endpoint, _ in tallies}):
        rows = {
            outcome: tallies.get((name, outcome), {}) for outcome in DeliveryTally.Outcome.values
        }
        for outcome, row in rows.items():
            total.add_metric([name, outcome], row.get("attempts", 0))
        cumulative = accumulate(
            sum(row.get(bucket, 0) for row in rows.values()) for bucket in _BUCKETS
        )
        durations.add_metric(
            [name],
            buckets=list(zip(_BOUNDS, cumulative, strict=True)),
            sum_value=sum(row.get("ms", 0) for row in rows.values()) / 1000,
        )
    yield from (total, durations)


def _tallies() -> dict[tuple[str, str], dict[str, Any]]:
    """Sum the tallies by endpoint and outcome in the database, which holds thousands of rows."""
    sums = {
        name: Sum(Cast(KT(f"buckets__{i}"), BigIntegerField())) for i, name in enumerate(_BUCKETS)
    }
    rows = DeliveryTally.objects.values("endpoint", "outcome").annotate(
        attempts=Sum("count"), ms=Sum("total_ms"), **sums
    )
    return {(row["endpoint"], row["outcome"]): dict(row) for row in rows}


def _states(receivers: dict[str, Endpoint]) -> Metric:
    states = _gauge(
        "endpoint_state",
        "1 for the receiver's state: closed (works), open (failing, only probed), stopped (410).",
        "state",
    )
    for name, receiver in sorted(receivers.items()):
        for state in _BREAKER:
            states.add_metric([name, state], float(receiver.breaker == state))
    return states


def _open_alarms() -> Metric:
    open_alarms = Alarm.objects.filter(resolved_at=None)
    counts = dict(open_alarms.values_list("kind").annotate(Count("pk")))
    alarms = GaugeMetricFamily("stream_pos_alarms_open", "Unresolved alarms.", labels=["kind"])
    for kind in Alarm.Kind.values:
        alarms.add_metric([kind], counts.get(kind, 0))
    return alarms


def _gauge(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"stream_pos_{name}", help_text, labels=["endpoint", *labels])
