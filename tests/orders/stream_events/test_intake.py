"""The endpoint for Stream's events: what is answered, and what is archived (contract EV)."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import StreamEvent
from orders.stream_events import signature
from tests.support.stream_events import PATH, digest, send, send_event
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parents[2] / "examples"
EVENT = b'{"type": "order.updated", "order": {"id": "1", "status": "completed"}}'


def _archived():
    return [(event.event_type, bytes(event.body)) for event in StreamEvent.objects.order_by("pk")]


def _assert_received(answer):
    assert (answer.status_code, answer.json()) == (201, "received")
    assert answer["Content-Type"] == "application/json"


def _assert_refused(answer, status, error):
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert not StreamEvent.objects.exists()


@pytest.mark.parametrize("name", [path.name for path in EXAMPLES.glob("events_order_confirmed*")])
def test_a_published_event_is_archived_exactly_as_it_came(name, woken):
    body = (EXAMPLES / name).read_bytes()

    _assert_received(send(body))

    [event] = StreamEvent.objects.all()
    assert (event.event_type, bytes(event.body)) == ("order.confirmed", body)
    assert (event.outcome, event.reason, event.followed) == ("received", "", None)
    assert woken == [("orders.tasks.follow_orders",)]


def test_a_published_item_with_nested_modifiers_is_archived_inside_its_order():
    item = json.loads((EXAMPLES / "events_nested_modifiers.json").read_bytes())

    _assert_received(send_event(type="order.confirmed", location_id="l", order={"items": [item]}))

    [(_, body)] = _archived()
    assert json.loads(body)["order"]["items"] == [item]


@pytest.mark.parametrize("kind", ["driver.status_updated", "order.paid", "", "🍕"])
def test_every_type_is_archived(kind):
    _assert_received(send_event(type=kind))

    assert [event_type for event_type, _ in _archived()] == [kind]


@pytest.mark.parametrize(
    "encode",
    [
        bytes.hex,
        lambda raw: raw.hex().upper(),
        lambda raw: f"sha256={raw.hex()}",
        lambda raw: f"SHA256={raw.hex()} ",
        lambda raw: base64.b64encode(raw).decode(),
        lambda raw: base64.b64encode(raw).decode().rstrip("="),
        lambda raw: f"sha256={base64.b64encode(raw).decode()}",
    ],
)
@pytest.mark.parametrize("secret", ["the current one", "another one", "ümlaut"])
def test_a_signature_counts_in_every_encoding_and_by_every_secret(settings, secret, encode):
    settings.STREAM_EVENTS_SECRETS = ["the current one", "another one", "ümlaut"]

    _assert_received(send(EVENT, encode(digest(EVENT, secret))))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "sha256=",
        "0" * 64,
        "ÿ" * 64,
        "x" * 100_000,
        digest(b"", "secret").hex(),
        digest(EVENT + b" ", "secret").hex(),
        digest(EVENT, "secrets").hex(),
        digest(EVENT, "secret").hex()[:-2],
        digest(EVENT, "secret").hex() + "00",
        f"sha1={digest(EVENT, 'secret').hex()}",
        " ".join([digest(EVENT, "secret").hex()] * 2),
    ],
    ids=lambda wrong: wrong[:20],
)
def test_a_wrong_signature_is_refused(settings, wrong):
    settings.STREAM_EVENTS_SECRETS = ["secret"]

    answer = send(EVENT, wrong)

    _assert_refused(answer, 401, "invalid_signature")
    assert "send the HMAC-SHA256 of the exact bytes" in answer.json()["error_description"]


def test_a_missing_signature_is_refused():
    client = Client(SERVER_NAME="127.0.0.1")

    _assert_refused(client.post(PATH, EVENT, "application/json"), 401, "invalid_signature")


def test_every_secret_is_compared_in_constant_time(monkeypatch):
    compared = []

    def compare(ours, theirs):
        compared.append((ours, theirs))
        return hmac.compare_digest(ours, theirs)

    monkeypatch.setattr(signature, "compare_digest", compare)
    first, other = digest(EVENT, "first"), digest(EVENT, "other")

    assert signature.is_valid(first.hex(), EVENT, ["first", "other"])
    assert not signature.is_valid("junk!", EVENT, ["first", "other"])

    assert compared == [(first, first), (other, first), (first, b""), (other, b"")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The body is not valid JSON."),
        (b"{", "The body is not valid JSON."),
        (b'{"type": NaN}', "The body is not valid JSON."),
        (b'{"type": "a", "b": NaN}', "The body is not valid JSON."),
        (b'{"type": "a"}x', "The body is not valid JSON."),
        (b'{"type": "a", "b": ' + b"[" * 100_000, "The body is not valid JSON."),
        (b'{"type": "a", "b": ' + b"[" * 50_000 + b"]" * 50_002, "The body is not valid JSON."),
        (b"[" * 100_000 + b"]" * 100_000, "The body must be a JSON object with a text in type."),
        (b'{"type": "\xff"}', "The body is not UTF-8."),
        ('{"type": "a"}'.encode("utf-16"), "The body is not UTF-8."),
        (b"[]", "The body must be a JSON object with a text in type."),
        (b'"type"', "The body must be a JSON object with a text in type."),
        (b"{}", "The body must be a JSON object with a text in type."),
        (b'{"type": null}', "The body must be a JSON object with a text in type."),
        (b'{"type": 5}', "The body must be a JSON object with a text in type."),
        (b'\xef\xbb\xbf{"type": 5}', "The body must be a JSON object with a text in type."),
        (b'{"type": {"type": "a"}}', "The body must be a JSON object with a text in type."),
    ],
    ids=lambda value: str(value[:30]),
)
def test_signed_junk_is_refused(body, reason):
    answer = send(body)

    _assert_refused(answer, 400, "invalid_request")
    assert answer.json()["error_description"] == reason


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'\xef\xbb\xbf{"type": "a"}', "a"),
        (b'{"type": "a", "b": ' + b"9" * 5000 + b"}", "a"),
        (b'{"type": "a", "b": 1e999}', "a"),
        (b'{"type": "a", "b": 1e-99999999999999999999}', "a"),
        (b'{"type": "a", "b": "\\ud83d"}', "a"),
        (b'{"type": "a\\ud83d\\u0000b"}', "a\ufffdb"),
        (b'{"\\u0000": "\\u0000", "type": "a"}', "a"),
        (b'{"b": ' + b"[" * 100_000 + b"]" * 100_000 + b', "type": "a"}', "a"),
        (b'{"b": ' + b'{"type":' * 9_000 + b'"]\\""' + b"}" * 9_000 + b', "type": "a"}', "a"),
        (json.dumps({"type": "x" * 101}).encode(), "x" * 100),
        (json.dumps({"type": "🍕" * 101}).encode(), "🍕" * 100),
        (b'{"type": 5, "type": "a"}', "a"),
    ],
    ids=lambda value: str(value[:30]),
)
def test_whatever_is_an_object_with_a_type_is_archived(body, kind):
    _assert_received(send(body))

    assert _archived() == [(kind, body)]


def test_a_repeat_changes_nothing():
    _assert_received(send(EVENT))
    StreamEvent.objects.update(outcome="applied")

    _assert_received(send(EVENT))

    assert list(StreamEvent.objects.values_list("outcome", flat=True)) == ["applied"]


@pytest.mark.parametrize(
    "repeat",
    [
        b'{"type":"a","b":{"c":1,"d":[1.5,2]}}',
        b'{"b": {"d": [1.5, 2], "c": 1}, "type": "\\u0061"}\n',
    ],
)
def test_equal_json_is_one_event(repeat):
    send(b'{"type":"a","b":{"c":1,"d":[1.5,2]}}')

    _assert_received(send(repeat))

    assert StreamEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"type": "a", "b": 1}', b'{"type": "a", "b": 2}'),
        (b'{"type": "a", "b": 1}', b'{"type": "a", "b": "1"}'),
        (b'{"type": "a", "b": [1, 2]}', b'{"type": "a", "b": [2, 1]}'),
        (b'{"type": "a", "b": 1.5}', b'{"type": "a", "b": "1.5"}'),
        (b'{"type": "a", "b": 18446744073709551617}', b'{"type": "a", "b": 18446744073709551616}'),
        (b'{"type": "a", "b": 0.10000000000000000001}', b'{"type": "a", "b": 0.1}'),
        (b'{"type": "a", "b": null}', b'{"type": "a"}'),
    ],
)
def test_other_json_is_another_event(one, other):
    for body in (one, other):
        _assert_received(send(body))

    assert [body for _, body in _archived()] == [one, other]


def test_an_event_takes_one_statement():
    send(EVENT + b" ")

    with CaptureQueriesContext(connection) as caught:
        _assert_received(send_event(type="a"))

    assert [query["sql"].split()[0] for query in caught] == ["INSERT"]


@pytest.mark.django_db(transaction=True)
def test_sixty_four_copies_at_once_are_one_event():
    answers = at_once(*[lambda: send(EVENT)] * 64)

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, b'"received"')}
    assert _archived() == [("order.updated", EVENT)]


def test_a_body_of_one_megabyte_is_archived_and_a_larger_one_refused():
    largest = EVENT + b" " * (1_000_000 - len(EVENT))

    _assert_refused(send(largest + b" "), 413, "invalid_request")
    _assert_received(send(largest))


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_only_post_is_allowed(method):
    answer = getattr(Client(SERVER_NAME="127.0.0.1"), method)(PATH)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_without_a_secret_the_role_is_off(settings):
    settings.STREAM_EVENTS_SECRETS = []

    _assert_refused(send(EVENT, digest(EVENT, "").hex()), 404, "not_found")


def test_the_host_name_does_not_matter():
    _assert_received(send(EVENT, HTTP_HOST="a-name-of-stream.example:99999999"))


def test_another_address_is_answered_as_json():
    answer = Client(SERVER_NAME="127.0.0.1").post(f"{PATH}/", EVENT, "application/json")

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_nothing_is_set_in_the_sender_s_browser():
    answer = send(EVENT)

    assert not answer.cookies
    assert "Content-Security-Policy" not in answer


def test_the_digest_is_that_of_the_canonical_json():
    send(b'{"type": "a", "b": 1}')

    [event] = StreamEvent.objects.all()
    assert event.content == hashlib.sha256(b'{"b":1,"type":"a"}').hexdigest()
