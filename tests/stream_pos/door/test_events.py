"""Stream's events at the door: those that wait together are stored together."""

import asyncio
import json
import threading

import pytest
from django.db import OperationalError

from orders.models import StreamEvent
from orders.stream_events import archive
from stream_pos.door.application import Request
from stream_pos.door.bridge import Response
from stream_pos.door.direct import events
from stream_pos.door.lanes import Lane, Work
from tests.support.stream_events import digest

BODIES = [json.dumps({"type": "order.paid", "number": number}).encode() for number in range(3)]


@pytest.fixture(autouse=True)
def _connection_of_the_test(monkeypatch):
    monkeypatch.setattr(events, "close_old_connections", lambda: None)


def _request(body, signature=None):
    return Request({b"x-stream-signature": (signature or digest(body).hex()).encode()}, body)


def _archived():
    return sorted(bytes(event.body) for event in StreamEvent.objects.all())


@pytest.mark.django_db
def test_events_that_wait_together_are_answered_one_by_one(woken):
    sent = [BODIES[2], BODIES[0], b"[]", BODIES[0], BODIES[1], b"x" * 1_000_001]
    requests = [*map(_request, sent), _request(BODIES[0], "00")]

    answers = events.answer(requests)

    assert [answer.status for answer in answers] == [201, 201, 400, 201, 201, 413, 401]
    assert answers[0] == Response(201, [(b"content-type", b"application/json")], b'"received"')
    assert _archived() == BODIES
    assert woken == [("orders.tasks.follow_orders",)]


@pytest.mark.django_db
def test_an_event_that_cannot_be_stored_fails_no_other(monkeypatch):
    insert = archive._insert

    def fail(body, content):
        if body == BODIES[1]:
            raise ValueError("One event is bad.")
        insert(body, content)

    monkeypatch.setattr(archive, "_insert", fail)

    answers = events.answer([_request(body) for body in BODIES])

    assert [answer.status for answer in answers] == [201, 500, 201]
    assert _archived() == [BODIES[0], BODIES[2]]


def test_without_the_database_all_are_answered_503_after_one_try(monkeypatch):
    tries = []

    def fail(stored):
        tries.append(len(stored))
        raise OperationalError("The server is away.")

    monkeypatch.setattr(archive, "store", fail)
    monkeypatch.setattr(events.outages, "report", lambda error: None)

    answers = events.answer([_request(body) for body in BODIES])

    assert [(answer.status, dict(answer.headers)[b"retry-after"]) for answer in answers] == [
        (503, b"5")
    ] * 3
    assert json.loads(answers[0].content)["error"] == "temporarily_unavailable"
    assert tries == [3]


def test_a_thread_takes_all_that_wait_for_the_same_work_up_to_its_most():
    begun, may_go, taken = threading.Event(), threading.Event(), []

    def answer(requests):
        taken.append(requests)
        begun.set()
        may_go.wait(5)
        return [Response(200, [], request) for request in requests]

    together, alone = Work(answer, most=3), Work(answer)

    async def submit():
        lane = Lane("events", threads=1, queued=20, wait_seconds=5)
        results: list[bytes] = []

        def send(work, *requests):
            for request in requests:
                lane.submit(
                    "key", work, request, lambda: False, lambda r: results.append(r.content)
                )

        send(together, b"1")
        await asyncio.to_thread(begun.wait, 5)
        send(together, b"2", b"3", b"4", b"5")
        send(alone, b"6", b"7")
        may_go.set()
        while len(results) < 7:
            await asyncio.sleep(0.01)
        return results

    assert asyncio.run(submit()) == [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]
    assert taken == [[b"1"], [b"2", b"3", b"4"], [b"5"], [b"6"], [b"7"]]
