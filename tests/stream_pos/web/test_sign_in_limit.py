"""Tries to sign in are counted by client before a password is hashed."""

from types import SimpleNamespace

import pytest
from django.contrib.auth import hashers
from django.test import Client

from integration import password_hasher
from integration.api.networks import network
from stream_pos.web import rate_limits
from stream_pos.web.rate_limits import RateLimit
from tests.support import factories

pytestmark = pytest.mark.django_db
SIGN_IN = "/account/sign-in/"


def attempt(address, **credentials):
    wrong = {"username": "nobody@example.com", "password": "wrong"}
    return Client(REMOTE_ADDR=address).post(SIGN_IN, wrong | credentials)


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock, which stands still in the first second of a minute."""
    clock = SimpleNamespace(seconds=6000.0)
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
    return clock


@pytest.fixture
def hashed(monkeypatch):
    """Count the passwords that are hashed."""
    calls = []
    encode = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher,
        "encode",
        lambda self, password, salt: calls.append(password) or encode(self, password, salt),
    )
    return calls


def test_the_31st_try_in_a_minute_is_refused_before_hashing(clock, hashed):
    statuses = [attempt("192.0.2.1", username=f"{n}@example.com").status_code for n in range(30)]
    assert statuses == [200] * 30
    assert len(hashed) == 30

    refused = attempt("192.0.2.1", username="another@example.com")

    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "sign-in is blocked for 1 minute." in refused.content.decode()
    assert len(hashed) == 30


def test_the_right_password_works_for_others_at_once_and_for_the_client_later(
    clock, owner, settings
):
    settings.SIGN_IN_TRIES_PER_MINUTE = 3
    right = {"username": owner.email, "password": factories.PASSWORD}
    for _ in range(3):
        attempt("192.0.2.1")
    clock.seconds += 59.5
    refused = attempt("192.0.2.1", **right)
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert attempt("192.0.2.2", **right).status_code == 302
    clock.seconds += 1
    assert attempt("192.0.2.1", **right).status_code == 302


def test_the_counts_of_a_stretch_are_forgotten_with_it(clock):
    limit = RateLimit(1, seconds=1)
    assert [limit.allows(str(number % 1000)) for number in range(2000)].count(True) == 1000
    assert len(limit._counts) == 1000
    clock.seconds += 1
    assert limit.allows("0") is True
    assert len(limit._counts) == 1


def test_addresses_of_one_ipv6_network_are_counted_together(clock, settings):
    settings.SIGN_IN_TRIES_PER_MINUTE = 2
    assert attempt("2001:db8:1:2::1").status_code == 200
    assert attempt("2001:db8:1:2:ffff::9").status_code == 200
    assert attempt("2001:db8:1:2::3").status_code == 429
    assert attempt("2001:db8:1:3::1").status_code == 200


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_the_network_of_an_address(address, expected):
    assert network(address) == expected


def test_the_other_sign_in_pages_lead_to_the_limited_one(client):
    answer = client.post("/admin/login/", {"username": "a@example.com", "password": "wrong"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(SIGN_IN)


def test_a_sign_in_while_others_hash_is_a_503_and_no_log_line(monkeypatch, settings, caplog):
    settings.PASSWORD_HASHERS = ["integration.password_hasher.LimitedHasher"]
    monkeypatch.setattr(password_hasher, "WAIT_SECONDS", 0.05)
    for _ in range(password_hasher.MOST_AT_A_TIME):
        password_hasher._places.acquire()
    try:
        answer = attempt("192.0.2.1")
    finally:
        for _ in range(password_hasher.MOST_AT_A_TIME):
            password_hasher._places.release()
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "Go back and try again in a moment." in answer.content.decode()
    assert [record for record in caplog.records if record.name == "django.request"] == []
