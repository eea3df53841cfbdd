"""The authorize page (contract AUTH)."""

import base64
import hashlib
from urllib.parse import urlencode

import pytest
from django.test import Client

from integration.models import Grant
from tests.integration.support.oauth_client import (
    BASE,
    REDIRECT_URI,
    allow,
    ask_for_tokens,
    authorize_url,
    code_body,
    csrf_token_in,
    returned,
)
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_the_authorize_address_shows_the_sign_in_form(client):
    for base in (BASE, "/v1"):
        page = client.get(authorize_url(base))
        assert page.status_code == 200
        assert 'type="password"' in page.content.decode()
        assert "no-store" in page["Cache-Control"]


def test_a_merchant_signs_in_consents_and_returns_with_a_code(owner):
    browser = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    address = authorize_url(scope="catalog:read orders:write")
    form = {
        "username": "Owner@Example.com",
        "password": factories.PASSWORD,
        "next": address,
        "csrfmiddlewaretoken": csrf_token_in(browser.get(address)),
    }

    signed_in = browser.post("/account/sign-in/", form)
    assert (signed_in.status_code, signed_in["Location"]) == (302, address)
    consent = browser.get(address)
    text = consent.content.decode()
    assert "Harbor Kitchen" in text
    assert "Pat Owner" in text
    assert "owner@example.com" in text
    assert "Read your menus" in text
    assert "Send you orders" in text
    assert "Connect and disconnect single locations" not in text

    answer = browser.post(address, {"allow": "true", "csrfmiddlewaretoken": csrf_token_in(consent)})
    parameters = returned(answer)
    assert set(parameters) == {"code", "state", "iss"}
    assert parameters["state"] == "s-1"
    assert (
        ask_for_tokens(code_body(parameters["code"])).json()["scope"] == "catalog:read orders:write"
    )


def test_consent_without_a_csrf_token_gives_no_code(owner):
    browser = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post(authorize_url(), {"allow": "true"}).status_code == 403
    assert not Grant.objects.exists()


@pytest.mark.parametrize("form", [{"deny": "true"}, {}, {"allow": "true", "deny": "true"}])
def test_anything_but_a_clear_yes_is_access_denied(browser, form):
    parameters = returned(browser.post(authorize_url(), form))
    assert (parameters["error"], parameters["state"]) == ("access_denied", "s-1")
    assert "code" not in parameters
    assert not Grant.objects.exists()


def test_state_and_scope_may_be_missing(browser):
    parameters = returned(browser.post(authorize_url(state=None), {"allow": "true"}))
    assert set(parameters) == {"code", "iss"}
    answer = ask_for_tokens(code_body(parameters["code"])).json()
    assert answer["scope"] == "locations:read catalog:read orders:write connection:write"


def test_state_is_returned_unchanged(browser):
    state = "a b&c=d+e/é%" + "x" * 3000
    assert returned(browser.post(authorize_url(state=state), {"allow": "true"}))["state"] == state


@pytest.mark.parametrize("is_signed_in", [False, True])
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "somebody-else"},
        {"client_id": "with\0nul"},
        {"client_id": "x" * 100_000},
        {"redirect_uri": None},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": REDIRECT_URI + "/"},
        {"redirect_uri": REDIRECT_URI + "?x=1"},
        {"redirect_uri": REDIRECT_URI.replace(":9000", ":9001")},
        {"redirect_uri": REDIRECT_URI + "\0"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
def test_a_link_without_a_trustworthy_redirect_uri_shows_an_error_page(
    client, browser, is_signed_in, changes
):
    caller = browser if is_signed_in else client
    for answer in (
        caller.get(authorize_url(**changes)),
        caller.post(authorize_url(**changes), {"allow": "true"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer
        assert "cannot connect anything" in answer.content.decode()
        assert 'type="password"' not in answer.content.decode()


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_parameter_is_refused(browser, name):
    value = {"client_id": "stream-development", "redirect_uri": REDIRECT_URI}[name]
    address = f"{authorize_url()}&{urlencode({name: value})}"
    assert browser.post(address, {"allow": "true"}).status_code == 400


def test_a_damaged_address_shows_an_error_page(browser):
    for damage in ("%ZZ", "&x=%ZZ", "&%00=1%", "&x=%ff%fe"):
        answer = browser.get(authorize_url() + damage)
        assert answer.status_code in (200, 400), damage
        assert "Location" not in answer


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "catalog:read everything"}, "invalid_scope"),
        ({"scope": "\0"}, "invalid_scope"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "S512"}, "invalid_request"),
        ({"code_challenge": "x" * 129, "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "\0" * 43, "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_other_errors_go_to_a_valid_redirect_uri(client, browser, is_signed_in, changes, error):
    caller = browser if is_signed_in else client
    parameters = returned(caller.get(authorize_url(**changes)))
    assert parameters["error"] == error
    assert parameters["state"] == "s-1"
    assert "code" not in parameters


@pytest.mark.parametrize(
    "changes",
    [
        {"utm_source": "mail"},
        {"nonce": "n" * 5000},
        {"nonce": "with\0nul"},
        {"claims": "{" * 50},
        {"claims": '{"id_token": "\0"}'},
        {"resource": "https://pos.example.com/"},
        {"resource": "with\0nul"},
        {"prompt": "none"},
        {"response_mode": "fragment"},
        {"display": "\U0001f600"},
    ],
)
def test_unknown_parameters_change_nothing(browser, changes):
    assert browser.get(authorize_url(**changes)).status_code == 200
    code = allow(browser, **changes)
    assert ask_for_tokens(code_body(code)).status_code == 201


@pytest.mark.parametrize("role", ["manager", "kitchen", None])
def test_only_an_owner_may_authorize(browser_client, merchant, role):
    person = factories.user(merchant, role) if role else factories.user(None, "")
    browser = browser_client(person)
    for answer in (
        browser.get(authorize_url()),
        browser.post(authorize_url(), {"allow": "true"}),
    ):
        assert answer.status_code == 403
        assert "Only the owner can connect Stream" in answer.content.decode()
        assert person.email in answer.content.decode()
        assert "Location" not in answer
    assert not Grant.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "manager"}])
def test_a_code_is_void_once_its_user_loses_the_right(browser, owner, change):
    code = allow(browser)
    for name, value in change.items():
        setattr(owner, name, value)
    owner.save()
    answer = ask_for_tokens(code_body(code))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def _challenge(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("verifier", "status"),
    [("v" * 43, 201), ("w" * 43, 400), (None, 400), ("", 400), ("short", 400)],
)
def test_pkce_is_honored_when_sent(browser, verifier, status):
    challenge = {"code_challenge": _challenge("v" * 43), "code_challenge_method": "S256"}
    code = allow(browser, **challenge)
    answer = ask_for_tokens(code_body(code, code_verifier=verifier))
    assert answer.status_code == status, answer.content
    if status == 400:
        assert answer.json()["error"] in ("invalid_grant", "invalid_request")


def test_the_consent_form_may_only_lead_to_the_redirect_origin(browser):
    policy = browser.get(authorize_url())["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:9000;" in policy + ";"
    assert "form-action 'self';" in browser.get("/account/")["Content-Security-Policy"] + ";"


def test_the_error_page_of_a_foreign_link_allows_no_foreign_form(browser):
    answer = browser.get(authorize_url(redirect_uri="https://evil.example/"))
    assert "evil.example" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "following",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_sign_in_and_sign_out_only_lead_to_our_own_pages(client, owner, following):
    form = {"username": owner.email, "password": factories.PASSWORD, "next": following}
    assert client.post("/account/sign-in/", form)["Location"] == "/account/"
    assert client.post("/account/sign-out/", {"next": following})["Location"] == (
        "/account/sign-in/"
    )
    assert (
        "evil.example" not in client.get("/account/sign-in/", {"next": following}).content.decode()
    )


def test_sign_out_needs_a_post(browser):
    assert browser.get("/account/sign-out/").status_code == 405
    assert browser.get("/account/").status_code == 200


def test_ten_failed_sign_ins_lock_the_account(client, owner):
    wrong = {"username": owner.email, "password": "wrong"}
    answers = [client.post("/account/sign-in/", wrong).status_code for _ in range(10)]
    assert answers == [200] * 9 + [429]
    right = {"username": owner.email, "password": factories.PASSWORD}
    locked = client.post("/account/sign-in/", right)
    assert locked.status_code == 429
    text = " ".join(locked.content.decode().split())
    assert "sign-in is blocked for 15 minutes." in text


def test_another_spelling_of_the_address_allows_no_further_guesses(client, owner):
    spellings = ["owner@example.com", "OWNER@example.com", " Owner@Example.com "]
    answers = [
        client.post("/account/sign-in/", {"username": spelling, "password": "wrong"}).status_code
        for spelling in spellings * 4
    ]
    assert answers[9:] == [429, 429, 429]


def test_a_wrong_password_is_reported_and_keeps_the_way_to_stream(client, owner):
    form = {"username": owner.email, "password": "wrong", "next": authorize_url()}
    answer = client.post("/account/sign-in/", form)
    assert answer.status_code == 200
    assert "We could not sign you in" in answer.content.decode()
    assert authorize_url().replace("&", "&amp;") in answer.content.decode()
