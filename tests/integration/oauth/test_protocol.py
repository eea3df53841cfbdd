"""The protocol to the letter: RFC 6749, 7009, 7636, 8414, 9207 and 9700."""

import base64
import hashlib
import json
import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from integration.models import AccessToken, RefreshToken
from integration.oauth import authorizations
from tests.integration.support.oauth_client import (
    BASE,
    CLIENT_ID,
    REDIRECT_URI,
    allow,
    ask_for_tokens,
    authorize_url,
    basic,
    code_body,
    credentials,
    opens,
    refresh,
    refresh_body,
    returned,
)

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]


def _error(answer):
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    # RFC 6749 §5.2: neither quotes nor backslashes nor anything beyond ASCII.
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", body["error_description"])
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, body["error"]


def _pair(secret=None):
    known = credentials()
    return basic(known["client_id"], secret or known["client_secret"])


def _without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


# --- One way to authenticate in each request (RFC 6749 §2.3, §5.2).


@pytest.mark.parametrize(
    ("header", "changes"),
    [
        ("right", {"client_id": "somebody-else", "client_secret": None}),
        ("right", {}),
        ("wrong", {}),
        ("right", {"client_id": None}),
    ],
)
def test_two_ways_to_authenticate_in_one_request_are_refused(granted, header, changes):
    body = refresh_body(granted["refresh_token"], **changes)
    sent = _pair(None if header == "right" else "wrong")
    assert _error(ask_for_tokens(body, **sent)) == (400, "invalid_request")
    assert _error(ask_for_tokens(urlencode(body), content_type=FORM, **sent)) == (
        400,
        "invalid_request",
    )
    assert opens(refresh(granted["refresh_token"])["access_token"])


def test_the_client_may_repeat_its_id_beside_the_header(granted):
    body = _without(refresh_body(granted["refresh_token"]), "client_secret")
    assert ask_for_tokens(body, **_pair()).status_code == 201


@pytest.mark.parametrize(
    "pair", [("stream-development", "x"), ("nobody", "x"), ("", ""), ("é", "")]
)
def test_wrong_credentials_are_invalid_client_in_both_places(granted, pair):
    body = _without(refresh_body(granted["refresh_token"]), "client_id", "client_secret")
    answer = ask_for_tokens(body, **basic(*pair))
    assert _error(answer) == (401, "invalid_client")
    assert answer["WWW-Authenticate"] == 'Basic realm="token"'
    named = {"client_id": pair[0], "client_secret": pair[1]}
    assert _error(ask_for_tokens(body | named)) == (401, "invalid_client")


# --- Members and parameters once (RFC 6749 §3.2).


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "refresh_token"])
def test_a_member_sent_twice_is_refused(granted, name):
    body = refresh_body(granted["refresh_token"])
    text = json.dumps(body)
    for other in (body[name], "x", None, 7):
        doubled = text[:-1] + f", {json.dumps(name)}: {json.dumps(other)}" + "}"
        assert _error(ask_for_tokens(doubled)) == (400, "invalid_request")
    form = f"{urlencode(body)}&{urlencode({name: body[name]})}"
    assert _error(ask_for_tokens(form, content_type=FORM)) == (400, "invalid_request")
    assert opens(granted["access_token"])


def test_unknown_members_may_come_twice(granted):
    text = json.dumps(refresh_body(granted["refresh_token"]))
    nested = '{"code": 1, "code": 2}'
    assert ask_for_tokens(f'{text[:-1]}, "x": 1, "x": {nested}}}').status_code == 201


@pytest.mark.parametrize(
    "name",
    ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge"],
)
def test_a_parameter_of_the_authorize_page_sent_twice_is_refused(browser, name):
    known = {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "scope": "catalog:read"}
    page = browser.get(f"{authorize_url(**known)}&{urlencode({name: 'other'})}")
    assert page.status_code == 400
    assert browser.get(f"{authorize_url(**known)}&{name}=").status_code == 200


# --- PKCE (RFC 7636, RFC 9700 §4.8.2).


def test_a_verifier_with_a_code_that_had_no_challenge_is_refused(browser):
    code = allow(browser)
    answer = ask_for_tokens(code_body(code, code_verifier=VERIFIER))
    assert _error(answer) == (400, "invalid_grant")
    assert ask_for_tokens(code_body(code)).status_code == 201


def test_a_challenge_asks_for_its_verifier(browser):
    code = allow(browser, code_challenge=CHALLENGE, code_challenge_method="S256")
    assert _error(ask_for_tokens(code_body(code))) == (400, "invalid_request")
    wrong = ask_for_tokens(code_body(code, code_verifier="w" * 50))
    assert _error(wrong) == (400, "invalid_grant")
    assert ask_for_tokens(code_body(code, code_verifier=VERIFIER)).status_code == 201


# --- Who answers (RFC 9207), and where everything is (RFC 8414).


def test_the_redirect_names_the_issuer_on_success_and_on_failure(browser, settings):
    allowed = returned(browser.post(authorize_url(), {"allow": "true"}))
    denied = returned(browser.post(authorize_url("/v1"), {"deny": "true"}))
    wrong = returned(browser.get(authorize_url(scope="everything")))
    assert [answer["iss"] for answer in (allowed, denied, wrong)] == [settings.PUBLIC_URL] * 3


def test_the_metadata_names_the_endpoints(client, settings):
    answer = client.get("/.well-known/oauth-authorization-server")
    public = settings.PUBLIC_URL
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "issuer": public,
        "authorization_endpoint": f"{public}/stream-pos/v1/authorize",
        "token_endpoint": f"{public}/stream-pos/v1/token",
        "revocation_endpoint": f"{public}/stream-pos/v1/revoke",
        "scopes_supported": ["locations:read", "catalog:read", "orders:write", "connection:write"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def test_the_channel_is_an_issuer_of_its_own_while_its_role_is_on(client, settings):
    path = "/.well-known/oauth-authorization-server/stream-dsp/v1"
    assert client.get(path).status_code == 404
    settings.STREAM_DSP_CLIENT_ID = "channel"
    answer = client.get(path).json()
    assert answer["issuer"] == f"{settings.PUBLIC_URL}/stream-dsp/v1"
    assert answer["token_endpoint"] == f"{settings.PUBLIC_URL}/stream-dsp/v1/token"
    assert answer["revocation_endpoint"] == f"{settings.PUBLIC_URL}/stream-dsp/v1/revoke"


# --- Revocation (RFC 7009).


def _revoke(given, *, base=BASE, content_type="application/json", **changes):
    body = {"token": given, **credentials(), **changes}
    content = json.dumps(body) if content_type != FORM else urlencode(body)
    return Client(SERVER_NAME="127.0.0.1").post(f"{base}/revoke", content, content_type)


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense"])
@pytest.mark.parametrize(
    ("base", "kind"), [(BASE, "application/json"), ("/v1", FORM)], ids=["json", "form"]
)
def test_a_revoked_refresh_token_ends_all_that_came_of_its_consent(
    granted, merchant, hint, base, kind
):
    tokens = refresh(granted["refresh_token"])
    answer = _revoke(tokens["refresh_token"], base=base, content_type=kind, token_type_hint=hint)
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer["Cache-Control"] == "no-store"
    assert not opens(tokens["access_token"])
    assert not opens(granted["access_token"])
    again = ask_for_tokens(refresh_body(tokens["refresh_token"]))
    assert _error(again) == (400, "invalid_grant")
    assert not authorizations.is_live(merchant.pk)


def test_a_revoked_access_token_ends_alone(granted):
    assert _revoke(granted["access_token"]).status_code == 200
    assert not opens(granted["access_token"])
    assert opens(refresh(granted["refresh_token"])["access_token"])


@pytest.mark.parametrize("token", ["unknown", "é", "x" * 4000])
def test_a_token_that_does_not_exist_gets_the_same_answer(granted, token):
    assert (_revoke(token).status_code, _revoke(token).json()) == (200, {})
    assert opens(granted["access_token"])


def test_a_client_revokes_its_own_tokens_only(granted, settings):
    settings.STREAM_DSP_CLIENT_ID = "channel"
    settings.STREAM_DSP_CLIENT_SECRET = "the-secret-of-the-channel"
    theirs = {"client_id": "channel", "client_secret": "the-secret-of-the-channel"}
    for token in (granted["refresh_token"], granted["access_token"]):
        assert _error(_revoke(token, **theirs)) == (400, "invalid_grant")
        assert _error(_revoke(token, base="/stream-dsp/v1", **theirs)) == (400, "invalid_grant")
    assert opens(granted["access_token"])
    assert RefreshToken.objects.filter(revoked=None).count() == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"client_secret": ""}, (401, "invalid_client")),
        ({"token": ""}, (400, "invalid_request")),
        ({"token": 7}, (400, "invalid_request")),
    ],
)
def test_a_revocation_needs_a_client_and_a_token(granted, changes, expected):
    answer = _revoke(granted["refresh_token"], **changes)
    assert _error(answer) == expected
    assert opens(granted["access_token"])
    assert AccessToken.objects.count() == 1


def test_the_revocation_takes_posts_only(client):
    for method in ("get", "put", "delete"):
        assert getattr(client, method)(f"{BASE}/revoke").status_code == 405


# --- What comes back from the token endpoint is an error of RFC 6749, whatever went in.


@pytest.mark.parametrize(
    "changes",
    [
        {"grant_type": "password"},
        {"grant_type": "client_credentials", "scope": "catalog:read"},
        {"grant_type": None},
        {"code": "wrong"},
        {"code": None},
        {"redirect_uri": REDIRECT_URI + "/x"},
        {"redirect_uri": None},
        {"client_secret": "wrong"},
        {"client_id": CLIENT_ID + "x"},
        {"code_verifier": "short"},
        {"code": ["a"]},
    ],
)
def test_every_refusal_is_one_of_the_rfcs_errors(browser, changes):
    body = {**code_body(allow(browser)), **changes}
    sent = {name: value for name, value in body.items() if value is not None}
    status, error = _error(ask_for_tokens(sent))
    assert (status, error) in {
        (400, "invalid_request"),
        (400, "invalid_grant"),
        (400, "unsupported_grant_type"),
        (401, "invalid_client"),
    }
