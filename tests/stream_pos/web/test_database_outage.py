"""Answers to pages, Stream and sign-ins while the database is unavailable."""

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from tests.support import factories, stream_events

pytestmark = pytest.mark.django_db


@pytest.fixture
def outage(db, monkeypatch):
    """Return a function that makes the database refuse all connections and statements."""

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused; password=hunter2")

    def start_outage():
        monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)
        monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)

    return start_outage


@pytest.mark.parametrize("path", ["/readyz", "/", "/account/sign-in/", "/account/", "/admin/"])
def test_pages_answer_503_during_an_outage(client, owner, outage, path):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    client.raise_request_exception = False
    outage()
    assert client.get("/healthz").status_code == 200
    answer = client.get(path)
    assert answer.status_code == (200 if path == "/account/sign-in/" else 503)
    assert "hunter2" not in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/stream-pos/v1/locations"),
        ("get", "/v1/catalog"),
        ("post", "/v1/orders"),
        ("post", "/stream-pos/v1/token"),
        ("get", "/stream-pos/v1/authorize?client_id=stream-development&redirect_uri=http://x/"),
    ],
)
def test_stream_is_asked_to_retry_during_an_outage(token, outage, method, path):
    outage()
    caller = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {token.raw}")
    body = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "stream-development",
            "client_secret": "x"}  # fmt: skip
    answer = caller.generic(
        method.upper(), path, b"&".join(f"{k}={v}".encode() for k, v in body.items())
    )
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "hunter2" not in answer.content.decode()
    assert answer.json()["error"] == "temporarily_unavailable"


def test_an_event_of_stream_is_to_be_sent_again_after_an_outage(outage):
    outage()

    answer = stream_events.send_event(type="order.updated")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["error"] == "temporarily_unavailable"


def test_a_sign_in_answers_503_during_an_outage(client, owner, outage):
    client.raise_request_exception = False
    outage()
    form = {"username": owner.email, "password": factories.PASSWORD}
    answer = client.post("/account/sign-in/", form)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"


def test_a_session_that_cannot_be_stored_is_answered_with_503(client, owner, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("database is locked")

    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", refuse)
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.cycle_key", lambda s: 0)
    form = {"username": owner.email, "password": factories.PASSWORD}
    answer = client.post("/account/sign-in/", form)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
