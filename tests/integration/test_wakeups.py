"""The messenger that wakes workers: many wake-ups at once cost the orders beside it little."""

import queue

import pytest

from integration import wakeups


class _Over(Exception):
    """Ends the messenger's endless round."""


def test_what_gathered_is_sent_once_and_then_the_messenger_rests(monkeypatch):
    refresh, sweep = ("catalog.tasks.refresh", (1,), 0), ("integration.tasks.sweep", (), 0)
    waiting, sent, rests = queue.Queue(), [], []
    for call in (refresh, refresh, sweep, refresh):
        waiting.put(call)

    def rest(seconds):
        rests.append(seconds)
        raise _Over

    monkeypatch.setattr(wakeups, "_waiting", waiting)
    monkeypatch.setattr(wakeups, "_publish", lambda *call: sent.append(call))
    monkeypatch.setattr(wakeups.time, "sleep", rest)
    with pytest.raises(_Over):
        wakeups._run()

    assert sent == [refresh, sweep]
    assert rests == [0.05]


def test_a_broker_that_is_away_is_left_alone_and_logged_once_each_way(monkeypatch, caplog):
    tried, clock, is_away = [], [100.0], [True]

    def publish(*call):
        tried.append(call)
        if is_away[0]:
            raise OSError("refused")

    monkeypatch.setattr(wakeups, "_publish", publish)
    monkeypatch.setattr(wakeups.time, "monotonic", lambda: clock[0])
    broker, call = wakeups._Broker(), ("integration.tasks.deliver_due", (), 0)
    assert [broker.publish({call: None}) for _ in range(3)] == [False, False, False]
    assert len(tried) == 1

    clock[0], is_away[0] = 106.0, False
    assert broker.publish({call: None})
    assert [record.getMessage() for record in caplog.records] == [
        "The broker is away (refused); the workers' clocks do its work.",
        "The broker is back; 3 wake-ups were not published.",
    ]
