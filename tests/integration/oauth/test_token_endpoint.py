"""The token endpoint (contract TOK)."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from integration.models import AccessToken, Grant, RefreshToken
from tests.integration.support.oauth_client import (
    ALL_SCOPES,
    BASE,
    CLIENT_ID,
    allow,
    ask_for_tokens,
    basic,
    code_body,
    credentials,
    opens,
    without_none,
)
from tests.support import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = 1_772_366_400_000
WEEK_MS = 7 * 86_400_000
YEAR_MS = 365 * 86_400_000


def _as_form(code):
    return ask_for_tokens(
        urlencode(code_body(code)), content_type="application/x-www-form-urlencoded"
    )


def _with_basic(code):
    body = code_body(code, client_id=None, client_secret=None)
    return ask_for_tokens(body, **basic(CLIENT_ID, settings.STREAM_CLIENT_SECRET))


@pytest.mark.parametrize(
    "exchange",
    [
        lambda code: ask_for_tokens(code_body(code)),
        lambda code: ask_for_tokens(code_body(code), base="/v1"),
        lambda code: ask_for_tokens(
            code_body(code), content_type="application/json; charset=utf-8"
        ),
        lambda code: ask_for_tokens(code_body(code), content_type="text/plain"),
        lambda code: ask_for_tokens(code_body(code, unknown="é", nothing=None)),
        _as_form,
        _with_basic,
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_code_is_exchanged_for_exactly_the_fields_of_the_contract(owner, browser, exchange):
    owner.phone = "+15555550100"
    owner.save()

    response = exchange(allow(browser))

    assert response.status_code == 201, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    answer = response.json()
    access, refresh = answer.pop("access_token"), answer.pop("refresh_token")
    assert len(access) >= 40
    assert len(refresh) >= 40
    assert access != refresh
    assert answer == {
        "token_type": "Bearer",
        "expires_in": 604_800,
        "scope": ALL_SCOPES,
        "expire_time": NOW_MS + WEEK_MS,
        "refresh_token_expire_time": NOW_MS + YEAR_MS,
        "id": owner.merchant.provider_id,
        "email": "owner@example.com",
        "sso_details": {
            "email": "owner@example.com",
            "full_name": "Pat Owner",
            "phone_number": "+15555550100",
        },
    }
    assert opens(access)


def test_sso_details_omit_missing_values(owner, browser):
    owner.full_name = owner.phone = ""
    owner.save()
    answer = ask_for_tokens(code_body(allow(browser))).json()
    assert answer["sso_details"] == {"email": "owner@example.com"}


def test_a_code_used_twice_is_refused_and_revokes_the_first_tokens(browser):
    code = allow(browser)
    first = ask_for_tokens(code_body(code)).json()
    assert opens(first["access_token"])

    second = ask_for_tokens(code_body(code))

    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert not opens(first["access_token"])
    refreshed = ask_for_tokens(
        {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **credentials()}
    )
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")


def test_a_code_used_twice_leaves_another_authorization_alone(browser, granted):
    code = allow(browser)
    ask_for_tokens(code_body(code))
    ask_for_tokens(code_body(code))
    assert opens(granted["access_token"])


@pytest.mark.parametrize(("age_seconds", "status"), [(59, 201), (60, 400), (3600, 400)])
def test_a_code_lives_sixty_seconds(browser, age_seconds, status):
    with time_machine.travel(NOW, tick=False):
        code = allow(browser)
    with time_machine.travel(NOW + timedelta(seconds=age_seconds), tick=False):
        answer = ask_for_tokens(code_body(code))
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"redirect_uri": "https://evil.example/"}, 400, "invalid_grant"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"code": None}, 400, "invalid_request"),
        ({"code": ""}, 400, "invalid_request"),
        ({"code": "wrong"}, 400, "invalid_grant"),
        ({"code": "\0"}, 400, "invalid_request"),
        ({"code": "é" * 5000}, 400, "invalid_request"),
        ({"code": "\ud800"}, 400, "invalid_request"),
        ({"code": 7}, 400, "invalid_request"),
        ({"code": ["x"]}, 400, "invalid_request"),
        ({"code": {"x": "y"}}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_id": "\0"}, 400, "invalid_request"),
        ({"client_id": True}, 400, "invalid_request"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": "openid"}, 400, "unsupported_grant_type"),
        ({"grant_type": 1}, 400, "invalid_request"),
    ],
)
def test_a_faulty_request_is_an_rfc_6749_error_and_does_not_use_up_the_code(
    browser, changes, status, error
):
    code = allow(browser)
    response = ask_for_tokens(without_none({**code_body(code), **changes}))

    assert response.status_code == status, response.content
    assert set(response.json()) == {"error", "error_description"}
    assert response.json()["error"] == error
    assert response["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in response) == (status == 401)
    assert ask_for_tokens(code_body(code)).status_code == 201


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", "application/json"),
        ("{", "application/json"),
        ("[]", "application/json"),
        ("null", "application/json"),
        ('"text"', "application/json"),
        ("NaN", "application/json"),
        ("[" * 60_000, "application/json"),
        ('{"a":' * 10_000, "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"\xff", "application/x-www-form-urlencoded"),
        ("", "application/x-www-form-urlencoded"),
        ("&" * 100, "application/x-www-form-urlencoded"),
        ("a=1&" * 60, "application/x-www-form-urlencoded"),
        ("grant_type=refresh_token&grant_type=refresh_token", "application/x-www-form-urlencoded"),
        ("%ZZ=%ZZ&grant_type=%00", "application/x-www-form-urlencoded"),
        ("--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
def test_an_unreadable_body_is_invalid_request(body, content_type):
    response = ask_for_tokens(body, content_type=content_type)
    assert response.status_code == 400
    assert response.json()["error"] in ("invalid_request", "unsupported_grant_type")
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize("size", [65_536, 65_537, 3_000_000])
def test_a_body_over_64_kb_is_413(size):
    body = json.dumps(code_body("x")).encode()
    response = ask_for_tokens(body + b" " * (size - len(body)))
    assert response.status_code == (400 if size == 65_536 else 413)
    expected = "invalid_grant" if size == 65_536 else "invalid_request"
    assert response.json()["error"] == expected


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!", "Basic YQ==", "Basic " + base64.b64encode(b"a%00:b").decode(),
     "Basic " + base64.b64encode(b"\xff:x").decode(), "Basic " + base64.b64encode(b"a:b").decode()],
)  # fmt: skip
def test_bad_basic_credentials_are_invalid_client(browser, header):
    body = code_body("x", client_id=None, client_secret=None)
    response = ask_for_tokens(body, HTTP_AUTHORIZATION=header)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic ")


def test_only_post_is_allowed(client):
    for method in ("get", "put", "delete"):
        assert getattr(client, method)(f"{BASE}/token").status_code == 405


def test_stream_needs_no_csrf_token(browser):
    code = allow(browser)
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(
        f"{BASE}/token", json.dumps(code_body(code)), content_type="application/json"
    )
    assert response.status_code == 201


def test_no_secret_is_readable_in_the_database_or_the_logs(browser, caplog):
    caplog.set_level("DEBUG", logger="integration")
    caplog.set_level("DEBUG", logger="stream_pos")
    code = allow(browser)
    first = ask_for_tokens(code_body(code)).json()
    second = ask_for_tokens(
        {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **credentials()}
    ).json()
    ask_for_tokens(code_body(code))
    ask_for_tokens(code_body("x", client_secret=settings.STREAM_CLIENT_SECRET + "x"))

    stored = _everything_stored()
    assert "owner@example.com" in stored
    secrets = [code, settings.STREAM_CLIENT_SECRET, factories.PASSWORD]
    for answer in (first, second):
        secrets += [answer["access_token"], answer["refresh_token"]]
    for secret in secrets:
        assert secret not in stored
        assert secret not in caplog.text


def _everything_stored():
    from django.db import connection

    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # Our own tables.
            rows += [repr(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_expired_tokens_are_deleted_after_thirty_days(browser):
    from integration import tasks

    with time_machine.travel(NOW, tick=False):
        ask_for_tokens(code_body(allow(browser)))
    with time_machine.travel(NOW + timedelta(days=36), tick=False):
        tasks.forget_what_is_over()
        assert (Grant.objects.count(), AccessToken.objects.count()) == (0, 1)
        assert RefreshToken.objects.count() == 1
    with time_machine.travel(NOW + timedelta(days=38), tick=False):
        tasks.forget_what_is_over()
        assert AccessToken.objects.count() == 0
        assert RefreshToken.objects.count() == 1
    with time_machine.travel(NOW + timedelta(days=396), tick=False):
        tasks.forget_what_is_over()
        assert RefreshToken.objects.count() == 0
