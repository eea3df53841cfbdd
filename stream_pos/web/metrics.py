"""/metrics: how delivery stands, for Prometheus.

Everything is read from the database, so any number of processes tell the same.
"""

import hmac
import ipaddress
from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
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

from integration.models import Alarm, DeliveryTally, Endpoint, OutboundEvent
from integration.monitoring import statistics as delivery_statistics
from integration.webhooks import endpoints
from stream_pos.version import VERSION

State = OutboundEvent.State
_BREAKER = ("closed", "open", "stopped")
# Whatever came through a proxy did not come from this machine, even if the proxy stands on it.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text; 401 without the token (RFC 6750), 503 while the database is away."""
    if not _is_allowed(request):
        refused = HttpResponse(status=401, content_type="text/plain")
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    registry = CollectorRegistry()
    registry.register(_Delivery())
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except (DatabaseError, InterfaceError):
        away = HttpResponse("The database does not answer.\n", "text/plain", status=503)
        away["Retry-After"] = "5"
        return away


def _is_allowed(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return _is_from_this_machine(request)
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    # A header's text holds one byte in each character (PEP 3333).
    given, wanted = sent.strip().encode("latin-1", "replace"), settings.METRICS_TOKEN.encode()
    return hmac.compare_digest(given, wanted) and scheme.lower() == "bearer"


def _is_from_this_machine(request: HttpRequest) -> bool:
    if any(header in request.headers for header in _FORWARDED):
        return False
    # Not by a name of somebody else's that leads here (DNS rebinding).
    if "Host" in request.headers:
        host, _port = split_domain_port(request.headers["Host"])
        if not validate_host(host, [*settings.ALLOWED_HOSTS, *settings.LOOPBACK_HOSTS]):
            return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class _Delivery(Collector):
    """Five questions, however many receivers there are."""

    def collect(self) -> Iterator[Metric]:
        receivers = {one.name: one for one in Endpoint.objects.all()}
        receivers.setdefault(endpoints.STREAM, Endpoint(name=endpoints.STREAM))
        yield from _queue(receivers)
        yield from _attempts(receivers)
        yield _states(receivers)
        yield _open_alarms()
        yield InfoMetricFamily("stream_pos_build", "What runs here.", {"version": VERSION})


def _queue(receivers: dict[str, Endpoint]) -> Iterator[Metric]:
    now = timezone.now()
    waiting = _by_endpoint(Q(state=State.WAITING))
    failed = _by_endpoint(Q(state=State.FAILED, finished_at__gt=now - timedelta(days=1)))
    counts = _gauge("events_waiting", "Events that have yet to arrive.")
    ages = _gauge("oldest_waiting_seconds", "Age of the oldest waiting event; 0: none waits.")
    given_up = _gauge("events_failed", "Events given up within the last day.")
    for name in sorted(receivers.keys() | waiting.keys() | failed.keys()):
        count, oldest = waiting.get(name, (0, now))
        counts.add_metric([name], count)
        ages.add_metric([name], max(0.0, (now - oldest).total_seconds()))
        given_up.add_metric([name], failed.get(name, (0, now))[0])
    yield from (counts, ages, given_up)


def _by_endpoint(which: Q) -> dict[str, tuple[int, Any]]:
    """Each endpoint's number of such events, and when the oldest was made."""
    events = OutboundEvent.objects.filter(which).values_list("endpoint")
    found = events.annotate(Count("pk"), Min("created_at"))
    return {name: (count, oldest) for name, count, oldest in found}


_BUCKETS = [f"bucket_{i}" for i in range(len(delivery_statistics.BUCKETS_MS) + 1)]
_BOUNDS = [*(str(ms / 1000) for ms in delivery_statistics.BUCKETS_MS), "+Inf"]


def _attempts(receivers: dict[str, Endpoint]) -> Iterator[Metric]:
    counted = _tallied()
    total = CounterMetricFamily(
        "stream_pos_delivery_attempts", "Tries to deliver an event.", labels=["endpoint", "outcome"]
    )
    took = HistogramMetricFamily(
        "stream_pos_delivery_attempt_seconds", "How long tries took.", labels=["endpoint"]
    )
    for name in sorted(receivers.keys() | {endpoint for endpoint, _ in counted}):
        rows = {
            outcome: counted.get((name, outcome), {}) for outcome in DeliveryTally.Outcome.values
        }
        for outcome, row in rows.items():
            total.add_metric([name, outcome], row.get("attempts", 0))
        heights = accumulate(sum(row.get(one, 0) for row in rows.values()) for one in _BUCKETS)
        took.add_metric(
            [name],
            buckets=list(zip(_BOUNDS, heights, strict=True)),
            sum_value=sum(row.get("ms", 0) for row in rows.values()) / 1000,
        )
    yield from (total, took)


def _tallied() -> dict[tuple[str, str], dict[str, Any]]:
    """By endpoint and outcome, summed in the database: it keeps thousands of rows."""
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
    found = Alarm.objects.filter(resolved_at=None).values_list("kind").annotate(Count("pk"))
    counts = dict(found)
    alarms = GaugeMetricFamily(
        "stream_pos_alarms_open", "Alarms that nobody has settled.", labels=["kind"]
    )
    for kind in Alarm.Kind.values:
        alarms.add_metric([kind], counts.get(kind, 0))
    return alarms


def _gauge(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"stream_pos_{name}", help_text, labels=["endpoint", *labels])
