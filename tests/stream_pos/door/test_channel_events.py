"""Stream's events to the channel at the door: those that wait together are applied together."""

import io
import json

import pytest
from django.db import OperationalError

from dsp.events import intake
from dsp.models import ChannelOrder, ReceivedEvent, Store
from dsp.orders import events as order_events
from stream_pos.door.application import Door, Request
from stream_pos.door.body import Body
from stream_pos.door.direct import channel_events
from tests.dsp.conftest import channel, role, store  # noqa: F401  # Fixtures.
from tests.dsp.support.channel import Channel, new_store, new_token
from tests.dsp.support.orders import in_state
from tests.support import factories

PATH = "/stream-dsp/v1/event"


@pytest.fixture(autouse=True)
def _connection_of_the_test(monkeypatch):
    monkeypatch.setattr(channel_events, "close_old_connections", lambda: None)


def _body(event_type, **fields):
    sent = {"type": event_type, "location_id": "str_8H2K", **fields}
    return json.dumps(sent).encode()


def _asked(channel, *bodies):  # noqa: F811  # A fixture.
    token = channel.headers["HTTP_AUTHORIZATION"].encode()
    return [Request({b"authorization": token}, body) for body in bodies]


PAUSE, RESUME = _body("location.paused"), _body("location.resume")
ACCEPT = _body("location.order.accept", order_id="ord_01")
ELSEWHERE = _body("location.paused", location_id="str_elsewhere")


def _outcomes():
    return list(ReceivedEvent.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.mark.django_db
def test_events_are_applied_in_turn_and_refused_one_by_one(channel, store):  # noqa: F811  # Fixtures.
    in_state(store, "sent")
    other = new_store(store.merchant, provider_id="str_other")
    sent = [PAUSE, b"no JSON", ACCEPT, ELSEWHERE, RESUME, ACCEPT, _body("location.new")]
    sent.append(_body("location.paused", location_id="str_other"))

    answers = channel_events.answer(_asked(channel, *sent))

    assert [answer.status for answer in answers] == [200, 400, 200, 404, 200, 200, 200, 200]
    assert answers[0].content == b"{}"
    assert _outcomes() == [
        "applied", "malformed", "applied", "unknown_store", "applied", "noted", "unknown_type",
        "applied",
    ]  # fmt: skip
    assert [one.is_paused() for one in Store.objects.order_by("pk")] == [False, True]
    assert ChannelOrder.objects.get().state == "accepted"
    assert other.pk > store.pk


@pytest.mark.django_db
def test_each_refusal_is_the_same_as_django_s(channel, store):  # noqa: F811  # Fixtures.
    for body in (b"no JSON", ELSEWHERE, _body("location.order.accept", order_id="ord_none")):
        [answer] = channel_events.answer(_asked(channel, body))
        told = channel.event(body)
        assert (answer.status, json.loads(answer.content)) == (told.status_code, told.json())


@pytest.mark.django_db
def test_an_event_that_fails_fails_no_other(channel, store, monkeypatch, caplog):  # noqa: F811  # Fixtures.
    def fail(store, report, received):
        raise ValueError("This event is bad.")

    in_state(store, "sent")
    monkeypatch.setattr(order_events, "apply", fail)
    answers = channel_events.answer(_asked(channel, PAUSE, ACCEPT, RESUME))
    assert [answer.status for answer in answers] == [200, 500, 200]
    assert _outcomes() == ["applied", "applied"]
    assert "An event to the channel was not stored." in caplog.text


@pytest.mark.django_db
def test_without_the_database_all_are_answered_503_after_one_try(channel, monkeypatch):  # noqa: F811  # A fixture.
    tries = []

    def fail(merchant, bodies):
        tries.append(len(bodies))
        raise OperationalError("The server is away.")

    monkeypatch.setattr(intake, "receive_all", fail)
    monkeypatch.setattr(channel_events.outages, "report", lambda error: None)
    answers = channel_events.answer(_asked(channel, PAUSE, RESUME))
    assert [(one.status, dict(one.headers)[b"retry-after"]) for one in answers] == [(503, b"5")] * 2
    assert tries == [2]


@pytest.mark.django_db
def test_a_locked_store_delays_none_but_its_own_events(channel, monkeypatch):  # noqa: F811  # A fixture.
    class Locked(Exception):
        sqlstate = "55P03"

    tries = []

    def fail(merchant, bodies):
        tries.append(len(bodies))
        if ELSEWHERE in bodies:
            raise OperationalError("The store is locked.") from Locked()
        return [None] * len(bodies)

    monkeypatch.setattr(intake, "receive_all", fail)
    monkeypatch.setattr(channel_events.outages, "report", lambda error: None)
    answers = channel_events.answer(_asked(channel, PAUSE, ELSEWHERE, RESUME))
    assert [answer.status for answer in answers] == [200, 503, 200]
    assert tries == [3, 1, 1, 1]


@pytest.mark.django_db
def test_each_token_speaks_for_its_own_merchant(channel, store, merchant):  # noqa: F811  # Fixtures.
    foreign = Channel(new_token(factories.user(factories.merchant())))
    [mine, theirs] = _asked(channel, PAUSE)[0], _asked(foreign, PAUSE)[0]
    answers = channel_events.answer([theirs, mine, theirs])
    assert [answer.status for answer in answers] == [404, 200, 404]


@pytest.mark.django_db
def test_what_needs_a_token_is_left_to_django(channel, store, settings):  # noqa: F811  # Fixtures.
    no_token = Request({}, PAUSE)
    bad_token = Request({b"authorization": b"Bearer bad"}, PAUSE)
    [good] = _asked(channel, PAUSE)
    [large] = _asked(channel, b" " * 1_000_001)
    answers = channel_events.answer([no_token, bad_token, good, large])
    assert [answer and answer.status for answer in answers] == [None, None, None, None]
    assert channel_events.answer([no_token, good])[1].status == 200
    settings.STREAM_DSP_CLIENT_ID = ""
    assert channel_events.answer([good]) == [None]


def test_django_gets_the_whole_body_of_what_is_left_to_it():
    read = []

    def application(environ, start):
        read.append(environ["wsgi.input"].read())
        start("401 Unauthorized", [])
        return [b"who?"]

    door = Door(application)
    scope = {"method": "POST", "path": PATH, "raw_path": PATH.encode(), "query_string": b""}
    scope |= {"headers": [], "http_version": "1.1", "scheme": "http"}
    scope |= {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9)}
    requests = [(scope, {}, Body(io.BytesIO(text), len(text)), None) for text in (b"one", b"two")]
    found = channel_events.refusals.make(PATH, 429)
    answers = door._answer_directly(lambda asked: [found, None], requests)
    assert [answer.status for answer in answers] == [429, 401]
    assert read == [b"two"]
