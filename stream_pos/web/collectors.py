"""Metrics read from the database: clocks, undecided orders, failures of Stream's events."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from integration.db import database_time
from integration.failure_watch import rate
from integration.models import RoundRecord
from orders.models import Order
from orders.states import State


class ClockCollector(Collector):
    """Collect with two queries; ages are by the database's clock."""

    def collect(self) -> Iterator[Metric]:
        runs = GaugeMetricFamily(
            "stream_pos_task_last_run_seconds",
            "Time since the round last ran or made progress.",
            labels=["task"],
        )
        beaten = RoundRecord.objects.filter(last_beat_at__isnull=False).order_by("pk")
        for name, at, now in beaten.values_list("pk", "last_beat_at", Now()):
            runs.add_metric([name], max(0.0, (now - at).total_seconds()))
        yield runs
        yield from _undecided()


class HandlerCollector(Collector):
    """Collect the failure rate of the last hour, over all web processes, with one query."""

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "stream_pos_stream_events_failure_ratio",
            "Share of Stream's requests of the last hour that failed, from 0 to 1.",
            rate.last_hour(timezone.now()).ratio,
        )


def _undecided() -> Iterator[Metric]:
    waiting = Order.objects.filter(state=State.PENDING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    now = database_time.now()
    age = (now - (waiting["oldest"] or now)).total_seconds()
    yield GaugeMetricFamily(
        "stream_pos_undecided_orders", "Orders waiting for a decision.", waiting["count"]
    )
    yield GaugeMetricFamily(
        "stream_pos_oldest_undecided_seconds",
        "Age of the oldest order waiting for a decision; 0: none is waiting.",
        max(0.0, age),
    )
