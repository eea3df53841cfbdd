"""The short form of `make fuzz`: no 5xx, every refusal a posValidation, no order half written."""

import pytest
from django.core import signals
from django.db import close_old_connections

from .batches import Batch
from .properties import Judge
from .restaurants import prepare

BODIES = 1_000


@pytest.fixture
def judge(db):
    """In the test's transaction, which the end of a request must not close."""
    ends = (signals.request_started, signals.request_finished)
    for one in ends:
        one.disconnect(close_old_connections)
    yield Judge(prepare())
    for one in ends:
        one.connect(close_old_connections)


def test_events_of_every_kind_are_answered_as_the_contract_says(judge):
    batch = Batch(judge)

    for number in range(BODIES // 200):
        batch.run(200, number)  # Raises what was found, with its body.

    kinds = {kind: row["bodies"] for kind, row in judge.table.items() if row["bodies"]}
    assert sum(kinds.values()) >= BODIES
    assert len(kinds) >= 9
    assert sum(row["5xx"] for row in judge.table.values()) == 0
