"""Events of Stream to the channel: answers, archive and pauses (contract DSP-EV)."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from dsp.models import ReceivedEvent, Refund, Store
from tests.dsp.support.channel import authorize, new_store
from tests.dsp.support.orders import in_state
from tests.support import factories

from . import examples

pytestmark = pytest.mark.django_db


def _milliseconds(moment):
    return int(moment.timestamp() * 1000)


@pytest.fixture
def soon():
    return (timezone.now() + timedelta(hours=1)).replace(microsecond=0)


def _pause(**fields):
    return {"type": "location.paused", "location_id": "str_8H2K", **fields}


def _state():
    store = Store.objects.get(provider_id="str_8H2K")
    return store.is_paused(), store.paused_until


@pytest.mark.parametrize(
    "event",
    [event for event in examples.ALL if event != examples.UPDATE],  # It needs a menu.
    ids=lambda event: event["type"],
)
def test_each_example_of_the_contract_is_archived_and_answered_200(channel, store, event):
    in_state(store, "sent")
    body = json.dumps(event).encode()
    answer = channel.event(body)
    assert (answer.status_code, answer.content) == (200, b"{}")
    assert answer["Content-Type"] == "application/json"
    archived = ReceivedEvent.objects.get()
    assert (archived.event_type, archived.store, archived.merchant) == (
        event["type"],
        store,
        store.merchant,
    )
    assert bytes(archived.body) == body.replace(b"?X-Amz-Signature=0f1e", b"")
    outcomes = {"location.publish": "stored", "location.update": "stored"}
    outcomes |= {"location.paused": "noted", "location.resume": "noted"}  # The end has passed.
    assert archived.outcome == outcomes.get(event["type"], "applied")


@pytest.mark.parametrize("spelling", ["location.paused", "location.pause"])
@pytest.mark.parametrize("resume", ["location.resume", "location.resumed", "location.unpaused"])
def test_every_spelling_of_pause_and_resume_counts(channel, spelling, resume):
    assert channel.event(_pause(type=spelling)).status_code == 200
    assert _state() == (True, None)
    assert channel.event(_pause(type=resume)).status_code == 200
    assert _state() == (False, None)
    outcomes = ReceivedEvent.objects.values_list("outcome", flat=True)
    assert list(outcomes) == ["applied", "applied"]


def test_the_last_pause_counts(channel, soon):
    later = soon + timedelta(hours=1)
    for until in (later, soon, None, later):
        channel.event(_pause(until_ms=until and _milliseconds(until)))
        assert _state() == (True, until)
    past = timezone.now() - timedelta(seconds=1)
    channel.event(_pause(until_ms=_milliseconds(past)))
    assert _state() == (False, None)


def test_a_pause_ends_by_itself_at_its_end(channel, soon):
    channel.event(_pause(until_ms=float(_milliseconds(soon))))
    store = Store.objects.get()
    assert store.is_paused(soon - timedelta(seconds=1))
    assert not store.is_paused(soon)


def test_repeats_are_archived_and_change_nothing(channel, soon):
    event = _pause(until_ms=_milliseconds(soon))
    channel.event(event)
    paused_at = Store.objects.get().paused_at
    channel.event(event)
    assert Store.objects.get().paused_at == paused_at
    for _ in range(2):
        channel.event(_pause(type="location.resume"))
    outcomes = ReceivedEvent.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["applied", "noted", "applied", "noted"]


def test_an_event_counts_before_the_store_is_connected(channel, store):
    assert store.connected_at is None
    channel.event(_pause())
    assert _state() == (True, None)


def _without(event, *names):
    return {name: value for name, value in event.items() if name not in names}


REFUSED = [
    (b"", "The body is not valid JSON."),
    (b"{", "The body is not valid JSON."),
    (b'{"type": NaN}', "The body is not valid JSON."),
    (b"[" * 100_000, "The body is not valid JSON."),
    (b"\xff", "The body is not UTF-8."),
    (b"[]", "The body must be a JSON object."),
    ({}, "type is missing."),
    ({"type": 5}, "type must be a text."),
    (_without(examples.RESUME, "location_id"), "location_id is missing."),
    ({**examples.RESUME, "location_id": 7}, "location_id must be a text."),
    (_pause(until_ms="soon"), "until_ms must be a whole number of milliseconds."),
    (_pause(until_ms=True), "until_ms must be a whole number of milliseconds."),
    (_pause(until_ms=1200.5), "until_ms must be a whole number of milliseconds."),
    (b'{"type":"location.pause","location_id":"a","until_ms":1e999}', "until_ms must be a"),
    (_pause(until_ms=10**30), "until_ms is beyond the calendar."),
    (_pause(until_ms=253402300799000), "until_ms is beyond the calendar."),
    (_without(examples.PUBLISH, "download_url"), "download_url is missing."),
    ({**examples.PUBLISH, "download_url": ""}, "download_url is empty."),
    (_without(examples.UPDATE, "object_updates"), "object_updates is missing."),
    ({**examples.UPDATE, "object_updates": []}, "object_updates must be an object."),
    ({**examples.UPDATE, "object_updates": {"items": {}}}, "items must be an array."),
    ({**examples.UPDATE, "object_updates": {"items": [1]}}, "items must hold objects."),
    (
        {**examples.UPDATE, "object_updates": {"items": [{"is_active": True}]}},
        "stream_id is missing.",
    ),
    (
        {**examples.UPDATE, "object_updates": {"modifiers": [{"stream_id": "a"}]}},
        "is_active is missing.",
    ),
    (
        {**examples.UPDATE, "object_updates": {"items": [{"stream_id": "a", "is_active": 1}]}},
        "is_active must be true or false.",
    ),
    (_without(examples.ACCEPT, "order_id"), "order_id is missing."),
    ({**examples.ACCEPT, "estimated_ready_at_ms": "9"}, "estimated_ready_at_ms must be a whole"),
    (_without(examples.FAIL, "order_id"), "order_id is missing."),
    ({**examples.FAIL, "failure_reason": 1}, "failure_reason must be a text."),
    ({**examples.FAIL, "failure_details": {}}, "invalid_item_ids is missing."),
    (
        {**examples.FAIL, "failure_details": {"invalid_item_ids": [1]}},
        "invalid_item_ids must hold texts.",
    ),
    (_without(examples.STATUS, "order_id"), "order_id is missing."),
    ({**examples.STATUS, "order_status_update": []}, "order_status_update must be a text."),
    (_without(examples.CANCEL, "order_id"), "order_id is missing."),
]


@pytest.mark.parametrize(("body", "sentence"), REFUSED)
def test_what_cannot_be_read_is_archived_and_answered_400(channel, body, sentence):
    answer = channel.event(body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["error_description"].startswith(sentence)
    archived = ReceivedEvent.objects.get()
    assert bytes(archived.body) == (body if isinstance(body, bytes) else json.dumps(body).encode())
    assert (archived.outcome, archived.problem) == (
        "malformed",
        answer.json()["error_description"],
    )


@pytest.mark.parametrize(
    "event",
    [
        _pause(until_ms=None),
        {**examples.UPDATE, "object_updates": {}},
        {**examples.UPDATE, "object_updates": {"items": None, "modifiers": []}},
        _without(examples.ACCEPT, "estimated_ready_at_ms"),
        _without(examples.FAIL, "failure_reason", "failure_details"),
        {**examples.STATUS, "order_status_update": "half_eaten"},
        {**examples.CANCEL, "extra": {"unknown": [1]}},
    ],
)
def test_optional_fields_may_be_missing_null_or_unknown(channel, store, event):
    in_state(store, "sent")
    assert channel.event(event).status_code == 200


@pytest.mark.parametrize("event", [{"type": "location.moved"}, {"type": "", "location_id": 5}])
def test_an_unknown_type_is_archived_and_answered_200(channel, event):
    answer = channel.event(event)
    assert (answer.status_code, answer.json()) == (200, {})
    archived = ReceivedEvent.objects.get()
    assert (archived.event_type, archived.outcome) == (event["type"], "unknown_type")


@pytest.mark.parametrize("location_id", ["str_none", "str_foreign", "str_8H2K\0x", "\ud800"])
def test_an_unknown_or_foreign_store_is_404_and_stays_as_it_is(channel, location_id):
    foreign = new_store(factories.merchant(name="Elsewhere"), provider_id="str_foreign")
    answer = channel.event(_pause(location_id=location_id))
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    foreign.refresh_from_db()
    assert not foreign.is_paused()
    archived = ReceivedEvent.objects.get()
    assert (archived.outcome, archived.store) == ("unknown_store", None)


def test_half_characters_in_a_text_lose_no_event(channel, store):
    in_state(store, "sent")
    event = {
        **examples.FAIL,
        "failure_details": {"invalid_item_ids": [], "error_message": "\ud83c"},
    }
    assert channel.event(event).status_code == 200
    assert channel.event({"type": "a\ud800\0b"}).status_code == 200
    assert ReceivedEvent.objects.latest("pk").event_type == "a\ufffdb"


def test_a_body_over_1_mb_is_413(channel):
    assert channel.event(b" " * 1_000_001).status_code == 413
    assert not ReceivedEvent.objects.exists()


def test_an_event_needs_a_token_of_the_role_with_the_scope(channel, token, browser_client, owner):
    other = authorize(browser_client(owner), scope="dsp:locations dsp:connection")
    for raw, status in [("nonsense", 401), (token.raw, 403), (other["access_token"], 403)]:
        channel.headers = {"HTTP_AUTHORIZATION": f"Bearer {raw}"}
        answer = channel.event(_pause())
        assert (answer.status_code, answer["WWW-Authenticate"][:6]) == (status, "Bearer")
    assert not ReceivedEvent.objects.exists()
    assert _state() == (False, None)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('"https://a.example/m.json?X=1"', b'"https://a.example/m.json"'),
        ('"https:\\/\\/a.example\\/m.json\\u003fX=1"', b'"https://a.example/m.json"'),
        ('"https:\\/\\/a.example"', b'"https:\\/\\/a.example"'),
        ('"https://a.example/m#X"', b'"https://a.example/m"'),
    ],
)
def test_the_signature_of_a_menus_address_is_not_archived(channel, sent, kept):
    rest = '{"type":"location.publish","location_id":"str_8H2K","download_url" : '
    body = f"{rest}{sent}}}"
    assert channel.event(body).status_code == 200
    value = re.search(rb'"download_url" : (.*)}', bytes(ReceivedEvent.objects.get().body))
    assert value[1] == kept


def test_the_instants_of_a_pause_are_exact(channel):
    channel.event(_pause(until_ms=4102444800123))
    assert Store.objects.get().paused_until == datetime(2100, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "status"), [("type", 200), ("location_id", 404), ("order_id", 404)]
)
def test_a_name_with_a_zero_byte_is_not_the_name_without_it(channel, store, field, status):
    in_state(store, "sent")
    event = examples.CANCEL | {field: f"{examples.CANCEL[field]}\0"}
    assert channel.event(event).status_code == status
    assert store.orders.get().state == "sent"
    assert not Refund.objects.exists()
