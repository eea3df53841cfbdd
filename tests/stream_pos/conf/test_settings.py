"""Error messages for invalid settings, and the checks of a public deployment."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.processes import ROOT

pytestmark = pytest.mark.once

GOOD_SECRET = "k3Jx-9vQ2mZ_8wLr5TnB7yHd1pGf4sXc6aEu0oViKjMqRtYzN-bW"
PUBLIC = {
    "STREAM_POS_PUBLIC_URL": "https://pos.example.com",
    "SECRET_KEY": GOOD_SECRET,
    "STREAM_CLIENT_ID": "stream",
    "STREAM_CLIENT_SECRET": GOOD_SECRET[::-1],
    "STREAM_REDIRECT_URIS": "https://stream.example/callback",
    "STREAM_WEBHOOK_SECRET": GOOD_SECRET[5:40],
}
# Loads the settings afresh for each case, all in one process.
LOAD_SETTINGS = """
import json, os, sys
from django.core.exceptions import ImproperlyConfigured
outcomes = []
for changes in json.load(sys.stdin):
    before = dict(os.environ)
    os.environ.update(changes)
    for name in [name for name in sys.modules if name.startswith("stream_pos")]:
        del sys.modules[name]
    try:
        from stream_pos import settings
        outcomes.append("starts")
    except ImproperlyConfigured as error:
        outcomes.append(str(error))
    except Exception as error:
        outcomes.append(f"{type(error).__name__} escaped: {error}")
    os.environ.clear()
    os.environ.update(before)
print(json.dumps(outcomes))
"""


def _environment(data_dir, **changes):
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**inherited, "STREAM_POS_DATA_DIR": str(data_dir), **changes}


def _run(arguments, environment, **options):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def start_outcomes(data_dir, cases):
    """Return "starts" or the error message for each case, using a single process."""
    result = _run(["-c", LOAD_SETTINGS], _environment(data_dir), input=json.dumps(cases))
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


BAD = [
    ("DEBUG", "true"),
    ("DEBUG", "1"),
    ("STREAM_POS_PUBLIC_URL", "pos.example.com"),
    ("STREAM_POS_PUBLIC_URL", "ftp://pos.example.com"),
    ("STREAM_POS_PUBLIC_URL", "http://pos.example.com:99999"),
    ("STREAM_POS_PUBLIC_URL", "http://["),
    ("STREAM_POS_PUBLIC_URL", "http://pos.example.com/path"),
    ("STREAM_POS_PUBLIC_URL", "http://pos.example.com?x=1"),
    ("STREAM_POS_PUBLIC_URL", "http://me:pw@pos.example.com"),
    ("ALLOWED_HOSTS", "https://pos.example.com"),
    ("ALLOWED_HOSTS", "pos.example.com:8000"),
    ("ALLOWED_HOSTS", "good.example, bad example"),
    ("TRUSTED_PROXIES", "nonsense"),
    ("TRUSTED_PROXIES", "10.0.0.0/99"),
    ("STREAM_REDIRECT_URIS", "nonsense"),
    ("STREAM_REDIRECT_URIS", "http://["),
    ("STREAM_REDIRECT_URIS", "https:///path"),
    ("STREAM_REDIRECT_URIS", "https://good.example/ javascript:alert(1)"),
    ("STREAM_REDIRECT_URIS", "https://good.example/#fragment"),
    ("STREAM_WEBHOOK_URL", "nonsense"),
    ("STAFF_CALL_URL", "nonsense"),
    ("STREAM_WEBHOOK_SIGNATURE_ENCODING", "Hex"),
    ("STREAM_WEBHOOK_RETRY_SECONDS", "5,x"),
    ("STREAM_WEBHOOK_RETRY_SECONDS", "5,99999999999999999999"),
    ("STREAM_WEBHOOK_RETRY_JITTER", "1"),
    ("STREAM_WEBHOOK_RETRY_JITTER", "a fifth"),
    ("STREAM_WEBHOOK_CONNECTIONS", "0"),
    ("STREAM_WEBHOOK_BREAKER_FAILURES", "0"),
    ("STREAM_WEBHOOK_ALLOW_LOOPBACK", "yes"),
    ("OUTBOUND_EVENT_DAYS", "0"),
    ("STREAM_REDIRECT_URIS", "http://127.0.0.1:9000/a,http://127.0.0.1:9000/b"),
    ("STREAM_REDIRECT_URIS", "http://127.0.0.1:9000/a, http://127.0.0.1:9000/b"),
    ("STREAM_WEBHOOK_URL", "http://127.0.0.1:9000/a,HTTPS://stream.example/b"),
    ("OPERATOR_EMAILS", "ann@example.com bob@example.com"),
    ("OPERATOR_EMAILS", "Ann <ann@example.com>"),
    ("DSP_MENU_HOSTS", "https://menus.example.com"),
    ("EMAIL_URL", "mail.example.com"),
    ("EMAIL_URL", "pigeon://mail.example.com"),
    ("STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS", "0"),
    ("STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS", "-1"),
    ("STREAM_WEBHOOK_READ_TIMEOUT_SECONDS", "nan"),
    ("STREAM_WEBHOOK_READ_TIMEOUT_SECONDS", "soon"),
    ("ACCESS_TOKEN_SECONDS", "59"),
    ("ACCESS_TOKEN_SECONDS", "1e9"),
    ("ACCESS_TOKEN_SECONDS", "²"),
    ("REFRESH_TOKEN_SECONDS", "99999999999999"),
    ("ORDER_DAYS_AHEAD", "-1"),
    ("ORDER_MENU_MEMORY_MB", "0"),
    ("ORDER_PRICE_TOLERANCE", "0.5"),
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "mysql://host/name"),
    ("DATABASE_URL", "postgres://host:port/name"),
    ("DATABASE_URL", "postgres://["),
    ("DATABASE_URL", "postgres://host"),
    ("DATABASE_URL", "sqlite://"),
    ("REDIS_URL", "nonsense"),
    ("REDIS_URL", "redis://host:port"),
    ("REDIS_URL", "redis://["),
    ("STREAM_POS_DATA_DIR", "/dev/null"),
    ("STREAM_POS_DATA_DIR", "/dev/null/folder"),
]


def test_every_invalid_value_is_reported_in_one_sentence_that_names_the_setting(tmp_path):
    messages = start_outcomes(tmp_path, [{name: value} for name, value in BAD])
    for (name, value), message in zip(BAD, messages, strict=True):
        assert name in message, f"{name}={value} says: {message}"
        assert " escaped: " not in message
        assert "\n" not in message


GOOD = [
    {},
    {"DEBUG": "True"},
    {"DEBUG": ""},
    {"STREAM_POS_PUBLIC_URL": "http://pos.internal:8080/"},
    {"ALLOWED_HOSTS": "*, .example.com, [::1], 10.0.0.1, a-b.example"},
    {"TRUSTED_PROXIES": "10.0.0.1, 10.0.0.0/8, fd00::/8"},
    {"STREAM_REDIRECT_URIS": " https://a.example/x  http://127.0.0.1:9000/y?z=1 "},
    {"STREAM_WEBHOOK_SIGNATURE_ENCODING": "base64"},
    {"STREAM_WEBHOOK_RETRY_SECONDS": "1, 2,3"},
    {"STREAM_WEBHOOK_READ_TIMEOUT_SECONDS": "0.5"},
    {"DATABASE_URL": "postgres://user:p%40ss@host/name?sslmode=require"},
    {"DATABASE_URL": "sqlite:////tmp/stream-pos.sqlite3"},
    {"REDIS_URL": "rediss://:secret@host:6380/1"},
    PUBLIC,
    {**PUBLIC, "STREAM_WEBHOOK_URL": "https://stream.example/pos/us/webhook"},
    {"STAFF_CALL_URL": "http://127.0.0.1:9000/calls"},  # Its secret is generated and stored.
    {**PUBLIC, "STAFF_CALL_URL": "https://pager.example/", "STAFF_CALL_SECRET": GOOD_SECRET},
    {**PUBLIC, "STAFF_CALL_SECRET": "short"},  # Nothing is signed with it.
]


def test_valid_values_are_accepted(tmp_path):
    assert start_outcomes(tmp_path, GOOD) == ["starts"] * len(GOOD)


REFUSED_IN_PUBLIC = [
    ("SECRET_KEY", ""),
    ("SECRET_KEY", GOOD_SECRET[:49]),
    ("SECRET_KEY", "a" * 60),
    ("SECRET_KEY", "django-insecure-" + GOOD_SECRET),
    ("STREAM_CLIENT_SECRET", ""),
    ("STREAM_CLIENT_SECRET", "short"),
    ("STREAM_CLIENT_SECRET", "changeme-" + GOOD_SECRET),
    ("STREAM_WEBHOOK_SECRET", ""),
    ("STREAM_WEBHOOK_SECRET", "password12345678"),
    ("STREAM_CLIENT_ID", ""),
    ("STREAM_REDIRECT_URIS", ""),
    ("STREAM_REDIRECT_URIS", "http://stream.example/callback"),
    ("STREAM_WEBHOOK_URL", "http://stream.example/webhook"),
    ("DEBUG", "True"),
    ("STREAM_WEBHOOK_OTHER_SECRETS", f"{GOOD_SECRET} short"),
    ("METRICS_TOKEN", "short"),
]


def test_a_public_deployment_refuses_weak_or_missing_values(tmp_path):
    messages = start_outcomes(
        tmp_path, [{**PUBLIC, name: value} for name, value in REFUSED_IN_PUBLIC]
    )
    for (name, value), message in zip(REFUSED_IN_PUBLIC, messages, strict=True):
        assert message.startswith(name), f"{name}={value} says: {message}"
        assert not value or len(value) < 12 or "SECRET" not in name or value not in message
    assert not (tmp_path / "secrets.json").exists()


def test_staff_alerts_require_a_strong_secret_and_an_https_url(tmp_path):
    cases = [
        ("STAFF_CALL_SECRET is not set", {"STAFF_CALL_URL": "https://pager.example/"}),
        (
            "STAFF_CALL_SECRET is too weak",
            {"STAFF_CALL_URL": "https://pager.example/", "STAFF_CALL_SECRET": "short"},
        ),
        (
            "STAFF_CALL_URL: write an https URL.",
            {"STAFF_CALL_URL": "http://pager.example/", "STAFF_CALL_SECRET": GOOD_SECRET},
        ),
    ]
    messages = start_outcomes(tmp_path, [{**PUBLIC, **changes} for _, changes in cases])
    for (beginning, _), message in zip(cases, messages, strict=True):
        assert message.startswith(beginning)
    assert not (tmp_path / "secrets.json").exists()


def test_an_invalid_value_ends_any_command_with_one_sentence_and_no_traceback(tmp_path):
    result = _run(["manage.py", "check"], _environment(tmp_path, DEBUG="yes"))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == "Stream POS cannot start: DEBUG='yes': write True or False.\n"


def test_the_deployment_check_passes_for_a_public_deployment(tmp_path):
    result = _run(
        ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        _environment(tmp_path, **PUBLIC),
    )
    assert result.returncode == 0, result.stderr


COOKIES = """
import django; django.setup()
from django.test import Client
from django.conf import settings
from django.http import HttpResponse
from integration.models import User
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE)
answer = Client(SERVER_NAME="pos.example.com").get("/account/sign-in/")
print(answer.status_code, answer.cookies["csrftoken"]["secure"])
print(answer.get("Strict-Transport-Security"))
"""


@pytest.mark.parametrize(
    ("public", "expected"),
    [
        (PUBLIC, ["True True", "200 True", "max-age=31536000"]),
        (
            {"STREAM_POS_PUBLIC_URL": "http://pos.example.com"},
            ["False False", "200 ", "None"],
        ),
    ],
)
def test_cookies_and_hsts_follow_from_the_public_url(tmp_path, public, expected):
    environment = _environment(tmp_path, DJANGO_SETTINGS_MODULE="stream_pos.settings", **public)
    result = _run(["-c", COOKIES], environment)
    assert result.stdout.splitlines() == expected, result.stderr
