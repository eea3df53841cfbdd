"""Every order event that comes in is counted by its outcome, also when it fails."""

import pytest
from django.db import OperationalError

from integration.monitoring import counters
from orders.inbound import views
from tests.orders.support import stream_orders


def _count(outcome):
    figures = counters.registry()
    return figures.get_sample_value("stream_pos_orders_total", {"outcome": outcome}) or 0


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"type": "order.created", "object": stream_orders.order()}, "refused"),
        ({"type": "order.unheard"}, "unknown_type"),
        (b"x" * 1_000_001, "malformed"),
    ],
)
def test_an_answered_event_is_counted_by_its_outcome(stream, body, outcome):
    before, failed = _count(outcome), _count("failed")
    stream.post("/orders", body)
    assert (_count(outcome) - before, _count("failed") - failed) == (1, 0)


def test_an_event_that_fails_in_an_outage_is_counted_as_failed(stream, monkeypatch):
    def fail(*_):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(views, "handle", fail)
    before = _count("failed")
    assert stream.post("/orders", b"{}").status_code == 503
    assert _count("failed") - before == 1
