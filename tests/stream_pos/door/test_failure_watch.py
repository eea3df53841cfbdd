"""Every answer of the door to Stream's events is counted: over real sockets."""

import asyncio
import http.client
import json
import socket
import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from uvicorn import Config, Server

from integration.failure_watch import alarm, tally
from integration.models import Alarm, HandlerTally
from stream_pos.conf.door import Door as Limits
from stream_pos.door import routes
from stream_pos.door.application import Door
from stream_pos.door.direct import events
from tests.support.processes import Running, environment, free_port, manage, until
from tests.support.stream_events import PATH, digest

EVENT = json.dumps({"type": "order.confirmed", "number": 0}).encode()
LIMITS = Limits(
    body_seconds=0.5,
    wait_seconds=0.3,
    unfinished_per_address=50,
    token_per_second=1000,
    address_per_second=1000,
)


class Site:
    """A web process in this one; `X-Forwarded-For` says who asks."""

    def __init__(self, port):
        self.port = port

    def send(self, body=EVENT, *, signature=None, method="POST", address="192.0.2.1"):
        headers = {"X-Stream-Signature": signature or digest(body).hex()}
        headers |= {"X-Forwarded-For": address}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request(method, PATH, body, headers)
            return connection.getresponse().status

    def open(self, length):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        head = f"POST {PATH} HTTP/1.1\r\nHost: pos\r\nContent-Length: {length}\r\n"
        connection.sendall(f"{head}X-Forwarded-For: 192.0.2.1\r\n\r\n".encode())
        return connection


@contextmanager
def serving(application):
    port = free_port()
    config = Config(
        application,
        host="127.0.0.1",
        port=port,
        http="stream_pos.door.protocol:Connection",
        loop="asyncio",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
    server = Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        assert until(lambda: server.started, 10)
        yield Site(port)
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture
def counted(monkeypatch):
    """Count for this test alone."""
    own = tally.Tally()
    monkeypatch.setattr(tally, "answers", own)
    return own


@pytest.fixture
def site(transactional_db, settings, monkeypatch, counted):
    settings.DOOR, settings.TRUSTED_PROXIES = LIMITS, ["127.0.0.1"]
    # The threads end with the tests, so they keep no connection.
    monkeypatch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)
    monkeypatch.setattr(routes, "THREADS", dict.fromkeys(routes.THREADS, 1))
    with serving(Door(get_wsgi_application(), events.ROUTES)) as running:
        yield running


def rows():
    found = HandlerTally.objects.order_by("status", "reason")
    return [(row.status, row.reason, row.is_foreign, row.count) for row in found]


def test_answers_of_the_handler_are_counted_by_status(site, counted):
    statuses = [
        site.send(),
        site.send(),
        site.send(b"[]"),
        site.send(signature="00"),
        site.send(method="PUT"),
        site.send(b"x" * 1_000_001),
        site.send(signature="00", address="203.0.113.9"),
    ]
    assert statuses == [201, 201, 400, 401, 405, 413, 401]
    counted.save()
    assert rows() == [
        (201, "", False, 2),
        (400, "", False, 1),
        (401, "", False, 1),
        (401, "", True, 1),
        (405, "", False, 1),
        (413, "", False, 1),
    ]


def test_addresses_of_one_ipv6_network_are_one_sender(site, counted):
    addresses = ["2001:db8:1:2::5", "2001:db8:1:2:ffff::9", "2001:db8:1:3::5"]
    first, *others = addresses
    assert site.send(address=first) == 201
    assert [site.send(signature="00", address=other) for other in others] == [401, 401]
    counted.save()
    assert rows() == [(201, "", False, 1), (401, "", False, 1), (401, "", True, 1)]


def test_answers_of_the_door_itself_are_counted(site, counted, settings):
    assert site.send() == 201
    with closing(site.open(100)) as half:
        assert half.recv(12) == b"HTTP/1.1 408"
    with closing(site.open(100)):
        pass  # Hung up.
    assert until(lambda: counted._counts.total() == 3, 5)
    counted.save()
    assert rows() == [(201, "", False, 1), (408, "", False, 1), (499, "", False, 1)]


def test_events_over_the_rate_limit_are_counted(transactional_db, settings, counted):
    settings.DOOR = LIMITS.__class__(**vars(LIMITS) | {"token_per_second": 1})
    with serving(Door(lambda environ, start: _slowly(0, start))) as site:
        statuses = {site.send() for _ in range(4)}
    assert 429 in statuses
    counted.save()
    assert 429 in {status for status, *_ in rows()}


def test_events_that_no_thread_takes_are_counted_with_the_reason(
    transactional_db, settings, monkeypatch, counted
):
    settings.DOOR = LIMITS
    monkeypatch.setattr(routes, "THREADS", dict.fromkeys(routes.THREADS, 1))
    with serving(Door(lambda environ, start: _slowly(1, start))) as site:
        others = [threading.Thread(target=site.send) for _ in range(2)]
        for other in others:
            other.start()
        for other in others:
            other.join()
    counted.save()
    assert rows() == [(201, "", False, 1), (503, "waited", False, 1)]


def _slowly(seconds, start):
    time.sleep(seconds)
    start("201 Created", [])
    return [b'"received"']


def test_failures_while_the_database_is_away_raise_the_alarm_when_it_is_back(
    site, counted, monkeypatch
):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    assert site.send() == 201
    counted.save()
    with monkeypatch.context() as outage:
        outage.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)
        outage.setattr(BaseDatabaseWrapper, "cursor", refuse)
        assert [site.send() for _ in range(5)] == [503] * 5
        with pytest.raises(OperationalError):
            counted.save()

    assert site.send() == 201
    counted.save()
    alarm.look()
    raised = Alarm.objects.get(kind=Alarm.Kind.HANDLER)
    assert raised.message.startswith(
        "5 of Stream's 7 requests of the last hour failed (71.4 %): 5 × 503. The newest: 503."
        " The database is away"
    )


def test_strangers_raise_no_alarm_and_a_changed_secret_does(site, counted, settings):
    assert site.send() == 201
    for _ in range(50):
        assert site.send(signature="00", address="203.0.113.9") == 401
    counted.save()
    alarm.look()
    assert not Alarm.objects.exists()

    settings.STREAM_EVENTS_SECRETS = ["another-secret-that-stream-does-not-know"]
    old = digest(EVENT, "the-secret-of-stream").hex()
    assert [site.send(signature=old) for _ in range(5)] == [401] * 5
    counted.save()
    alarm.look()
    assert "5 × 401" in Alarm.objects.get().message


@pytest.mark.once
def test_a_web_process_saves_its_counts_within_ten_seconds(tmp_path):
    secret, port = "a-secret-of-the-failure-watch", free_port()
    env = environment(tmp_path, STREAM_EVENTS_SECRET=secret)
    assert manage("migrate", env=env).returncode == 0
    door = Running("-m", "stream_pos.door", "--port", str(port), "--workers", "1", env=env)
    site = Site(port)
    try:
        assert until(lambda: _is_up(site, secret), 60)
        assert site.send(signature="00") == 401
        file = tmp_path / "stream-pos.sqlite3"
        assert until(lambda: {201, 401} <= _statuses(file), 15)
    finally:
        door.end()


def _is_up(site, secret):
    try:
        return site.send(signature=digest(EVENT, secret).hex()) == 201
    except OSError:
        return False


def _statuses(file):
    with closing(sqlite3.connect(file, timeout=10)) as database:
        return {
            status for (status,) in database.execute("SELECT status FROM integration_handlertally")
        }
