"""The short form of `make fuzz`: no 5xx, only valid refusals, nothing incomplete or forged."""

import pytest
from django.core import signals
from django.db import close_old_connections

from .batches import Batch
from .properties import Judge
from .restaurants import prepare
from .stream_events import EventBatch

BODIES = 1_000


@pytest.fixture
def judge(db):
    """A judge inside the test's transaction, which requests must not close."""
    request_signals = (signals.request_started, signals.request_finished)
    for signal in request_signals:
        signal.disconnect(close_old_connections)
    yield Judge(prepare())
    for signal in request_signals:
        signal.connect(close_old_connections)


def test_events_of_every_kind_are_answered_according_to_the_contract(judge):
    batch = Batch(judge)

    for number in range(BODIES // 200):
        batch.run(200, number)  # Raises Broken with the offending body.

    kinds = {kind: row["bodies"] for kind, row in judge.table.items() if row["bodies"]}
    assert sum(kinds.values()) >= BODIES
    assert len(kinds) >= 9
    assert sum(row["5xx"] for row in judge.table.values()) == 0


def test_only_events_of_stream_are_archived_and_each_once(judge):
    batch = EventBatch(judge)

    for number in range(5):
        batch.run(100, number)  # Raises Broken with the offending body.

    assert sum(row["bodies"] for row in judge.table.values()) >= 500
    assert sum(row["201"] for row in judge.table.values()) > 100
    assert judge.table["event with a forged signature"]["401"] > 50
