"""Figures of requests and orders, counted where they happen and merged over processes."""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_OWN = CollectorRegistry()

REQUESTS = Counter("stream_pos_requests", "Requests answered.", ["route", "status"], registry=_OWN)
REQUEST_SECONDS = Histogram(
    "stream_pos_request_seconds",
    "From the whole request to the response.",
    ["route"],
    registry=_OWN,
    buckets=_SECONDS,
)
REQUEST_WAIT_SECONDS = Histogram(
    "stream_pos_request_wait_seconds",
    "Waiting for a thread.",
    ["lane"],
    registry=_OWN,
    buckets=_SECONDS,
)
REQUESTS_SHED = Counter(
    "stream_pos_requests_shed", "Requests not worked for.", ["lane", "reason"], registry=_OWN
)
LANE_THREADS = Gauge(
    "stream_pos_lane_threads",
    "Threads of a lane.",
    ["lane"],
    registry=_OWN,
    multiprocess_mode="livesum",
)
LANE_THREADS_BUSY = Gauge(
    "stream_pos_lane_threads_busy",
    "Threads at work.",
    ["lane"],
    registry=_OWN,
    multiprocess_mode="livesum",
)
ORDERS = Counter(
    "stream_pos_orders", "Order events by what became of them.", ["outcome"], registry=_OWN
)

NEAR_MISSES = Counter(
    "stream_pos_event_type_near_misses",
    "Events whose type was sent in another spelling, by the type that was meant.",
    ["type"],
    registry=_OWN,
)


def registry() -> CollectorRegistry:
    """Return a registry with the figures of all web processes, or of this one alone."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return _OWN
    for path in Path(folder).glob("gauge_live*.db"):
        process_id = int(path.stem.rpartition("_")[2])
        if not _lives(process_id):  # It was replaced; its threads must not be counted on.
            mark_process_dead(process_id)  # type: ignore[no-untyped-call]  # Has no types.
    merged = CollectorRegistry()
    MultiProcessCollector(merged)  # type: ignore[no-untyped-call]  # The library has no types here.
    return merged


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
