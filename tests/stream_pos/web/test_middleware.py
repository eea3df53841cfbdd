"""Client addresses behind proxies, secure cookies, and security headers."""

import pytest
from django.test import Client

from tests.support import factories

pytestmark = pytest.mark.django_db


def test_pages_forbid_frames_and_foreign_content(client):
    answer = client.get("/account/sign-in/")
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        assert rule in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("trusted", "remote", "forwarded", "expected"),
    [
        ([], "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (["10.0.0.0/8"], "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "junk", "10.0.0.1"),
        (["10.0.0.0/8"], "", "1.2.3.4", ""),
        (["::1"], "::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_client_address_is_taken_from_trusted_proxies_only(
    rf, settings, trusted, remote, forwarded, expected
):
    from stream_pos.web.middleware import PublicOrigin

    settings.TRUSTED_PROXIES = trusted
    addresses = []
    request = rf.get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    PublicOrigin(lambda request: addresses.append(request.META["REMOTE_ADDR"]))(request)
    assert addresses == [expected]


def test_failed_sign_ins_are_counted_per_client_behind_the_proxy(owner, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    wrong = {"username": owner.email, "password": "wrong"}
    attacker, victim = (
        Client(HTTP_X_FORWARDED_FOR="6.6.6.6"),
        Client(HTTP_X_FORWARDED_FOR="7.7.7.7"),
    )
    for _ in range(10):
        last = attacker.post("/account/sign-in/", wrong)
    assert last.status_code == 429
    right = {"username": owner.email, "password": factories.PASSWORD}
    assert victim.post("/account/sign-in/", right).status_code == 302


def test_no_header_makes_a_request_secure(owner):
    browser = Client(HTTP_X_FORWARDED_PROTO="https", HTTP_FORWARDED="proto=https")
    page = browser.post(
        "/account/sign-in/", {"username": owner.email, "password": factories.PASSWORD}
    )
    assert not page.cookies["sessionid"]["secure"]
    assert page.cookies["sessionid"]["httponly"]
    assert "Strict-Transport-Security" not in page
