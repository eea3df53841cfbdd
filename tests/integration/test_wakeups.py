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
