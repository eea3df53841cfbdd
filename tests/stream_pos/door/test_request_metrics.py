"""The figures of requests, as all processes together report them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream_pos.door import routes

pytestmark = pytest.mark.once


def _figures(server):
    """Return the values by name and labels."""
    text = server.ask("GET", "/figures")[2].decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _gained(before, after, name, **labels):
    key = (name, *sorted(labels.items()))
    return after.get(key, 0) - before.get(key, 0)


def test_requests_are_counted_and_timed_by_route_and_status(server):
    before = _figures(server)
    for _ in range(3):
        assert server.ask("POST", "/v1/orders", b"o", X_Sleep="0.1")[0] == 200
    after = _figures(server)
    total = "stream_pos_requests_total"
    assert _gained(before, after, total, route="orders", status="200") == 3
    assert _gained(before, after, "stream_pos_request_seconds_count", route="orders") == 3
    assert 0.3 <= _gained(before, after, "stream_pos_request_seconds_sum", route="orders") < 1
    assert _gained(before, after, "stream_pos_request_wait_seconds_count", lane="orders") == 3
    assert _gained(before, after, "stream_pos_request_wait_seconds_sum", lane="orders") < 0.2


def test_a_failing_application_is_counted_as_500(server):
    before = _figures(server)
    server.ask("GET", "/fails")
    after = _figures(server)
    assert _gained(before, after, "stream_pos_requests_total", route="other", status="500") == 1


def test_requests_shed_are_counted_by_reason(server):
    before = _figures(server)
    with ThreadPoolExecutor(60) as pool:
        orders = [
            pool.submit(server.ask, "POST", "/v1/orders", b"o", X_Sleep="0.9") for _ in range(60)
        ]
        statuses = [order.result()[0] for order in orders]
    after = _figures(server)
    shed = {
        reason: _gained(
            before, after, "stream_pos_requests_shed_total", lane="orders", reason=reason
        )
        for reason in ("full", "waited")
    }
    total = "stream_pos_requests_total"
    assert shed == {"full": 27, "waited": 30}
    assert statuses.count(503) == 57
    assert _gained(before, after, total, route="orders", status="503") == 57


def test_requests_over_the_rate_are_counted(server):
    time.sleep(1)
    before = _figures(server)
    refused = sum(server.ask("GET", "/page")[0] == 429 for _ in range(150))
    time.sleep(1)
    after = _figures(server)
    name = "stream_pos_requests_shed_total"
    assert refused > 0
    assert _gained(before, after, name, lane="people", reason="rate") == refused


def test_lanes_report_their_threads_and_those_at_work(server):
    with ThreadPoolExecutor(2) as pool:
        orders = [
            pool.submit(server.ask, "POST", "/v1/orders", b"o", X_Sleep="0.5") for _ in range(2)
        ]
        time.sleep(0.2)
        during = _figures(server)
        assert {order.result()[0] for order in orders} == {200}
    after = _figures(server)
    assert during["stream_pos_lane_threads_busy", ("lane", "orders")] == 2
    assert after["stream_pos_lane_threads_busy", ("lane", "orders")] == 0
    assert after["stream_pos_lane_threads", ("lane", "orders")] == routes.THREADS["orders"]
