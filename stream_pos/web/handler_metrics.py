"""The metric of our failure rate of Stream's events."""

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from integration.failure_watch import rate


class HandlerCollector(Collector):
    """Collect the rate of the last hour, over all web processes, with one query."""

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "stream_pos_stream_events_failure_ratio",
            "Share of Stream's requests of the last hour that failed, from 0 to 1.",
            rate.last_hour(timezone.now()).ratio,
        )
