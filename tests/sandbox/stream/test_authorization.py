from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_pos import CLIENT_ID, EMAIL, PASSWORD, FakePos


def test_connecting_goes_through_the_real_forms(sandbox: Caller, pos: FakePos) -> None:
    answer = sandbox.connect()

    assert answer["merchant_id"] == "m-1"
    assert answer["email"] == EMAIL
    assert answer["status"] == 201
    assert answer["problems"] == []
    assert answer["scopes"] == [
        "locations:read",
        "catalog:read",
        "orders:write",
        "connection:write",
    ]
    assert answer["steps"] == [
        "GET /stream-pos/v1/authorize answered 302.",
        "GET /login answered 200.",
        "Filled in the sign-in form.",
        "POST /login answered 302.",
        "GET /stream-pos/v1/authorize answered 200.",
        "Pressed allow on the consent form.",
        "POST /decide answered 302.",
        f"Returned to Stream at {sandbox.url}/oauth/callback.",
        "Exchanged the code for tokens.",
    ]


def test_tokens_are_only_shown_masked(sandbox: Caller) -> None:
    sandbox.connect()

    text = sandbox.get("/api/state").text + sandbox.get("/").text

    assert "access-token-number-1" not in text
    assert "refresh-token-number-1" not in text
    connection = sandbox.get("/api/state").json()["connections"][0]
    assert connection["access_token"] == "acce… (21 characters)"


def test_a_wrong_password_is_reported(sandbox: Caller) -> None:
    answer = sandbox.post("connect", email=EMAIL, password="wrong")

    assert answer.status_code == 403
    assert answer.json()["error"] == "The POS rejected the e-mail or password."
    assert answer.json()["steps"][-1] == "POST /login answered 200."


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"expire_time": 604800},
            (
                "TOK: expire_time of the answer must be an instant in milliseconds since 1970, "
                "but 604800 looks like a duration or like seconds."
            ),
        ),
        (
            {"refresh_token_expire_time": 1798761600},
            (
                "TOK: refresh_token_expire_time of the answer must be an instant in milliseconds "
                "since 1970, but 1798761600 looks like a duration or like seconds."
            ),
        ),
        ({"expires_in": 60}, "TOK: expire_time and expires_in differ by more than a minute."),
        (
            {"expires_in": "604800"},
            "TOK: expires_in of the answer must be a whole number, but is '604800'.",
        ),
        ({"token_type": "mac"}, "TOK: token_type must be Bearer, but is 'mac'."),
        (
            {"sso_details": {"email": EMAIL, "phone_number": ""}},
            "TOK: phone_number of sso_details must be text, but is ''.",
        ),
        (
            {"scope": "locations:read catalog:read orders:write"},
            "TOK: the default scopes lack connection:write.",
        ),
    ],
)
def test_an_invalid_token_field_is_reported(
    sandbox: Caller, pos: FakePos, changes: dict[str, object], problem: str
) -> None:
    pos.token_changes = changes

    assert sandbox.connect()["problems"] == [problem]


def test_a_token_answer_of_200_instead_of_201_is_reported(sandbox: Caller, pos: FakePos) -> None:
    pos.token_status = 200

    assert sandbox.connect()["problems"] == ["TOK: the status must be 201, but is 200."]


def test_a_policy_that_blocks_chrome_is_reported(sandbox: Caller, pos: FakePos) -> None:
    pos.consent_headers = {"Content-Security-Policy": "default-src 'none'; form-action 'self'"}

    (problem,) = sandbox.connect()["problems"]

    assert problem.startswith("AUTH: the page's Content-Security-Policy has a form-action")


def test_a_policy_with_the_redirect_uri_is_accepted(sandbox: Caller, pos: FakePos) -> None:
    policy = f"form-action 'self' {sandbox.url}"
    pos.consent_headers = {"Content-Security-Policy": policy}

    assert sandbox.connect()["problems"] == []


def test_a_missing_state_is_an_error(sandbox: Caller, pos: FakePos) -> None:
    pos.sends_state = False

    answer = sandbox.post("connect", email=EMAIL, password=PASSWORD)

    assert answer.status_code == 502
    assert answer.json()["error"] == "The POS did not return the state it was sent."


def test_a_refresh_rotates_the_tokens(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()

    answer = sandbox.post("refresh").json()

    assert (answer["status"], answer["problems"]) == (201, [])
    assert pos.tokens_issued == 2


def test_a_refresh_that_does_not_rotate_is_reported(sandbox: Caller, pos: FakePos) -> None:
    pos.token_changes = {"refresh_token": "always-the-same-token"}
    sandbox.connect()

    answer = sandbox.post("refresh").json()

    assert answer["problems"] == ["TOK: the refresh token was not rotated."]


def test_pulls_require_a_connected_merchant(sandbox: Caller) -> None:
    answer = sandbox.post("locations")

    assert answer.status_code == 409
    assert answer.json() == {
        "error": "No merchant is connected yet: connect one first (POST /api/connect)."
    }


def test_an_unreachable_pos_is_reported(make_sandbox: object) -> None:
    sandbox = make_sandbox(pos_url="http://127.0.0.1:9")  # type: ignore[operator]  # A fixture.

    answer = sandbox.post("connect", email=EMAIL, password=PASSWORD)

    assert answer.status_code == 502
    assert answer.json()["error"] == "The POS did not answer: the connection failed or broke off."


def test_a_user_can_connect_in_a_browser(sandbox: Caller, pos: FakePos) -> None:
    redirect = sandbox.get("/connect")
    query = parse_qs(urlsplit(redirect.headers["Location"]).query)
    pos.codes.add("code-1")

    callback = sandbox.get("/oauth/callback", code="code-1", state=query["state"][0])

    assert query["client_id"] == [CLIENT_ID]
    assert query["redirect_uri"] == [f"{sandbox.url}/oauth/callback"]
    assert (callback.status_code, callback.headers["Location"]) == (303, "/")
    assert f"{EMAIL} is connected; 0 problems found." in sandbox.get("/").text


def test_a_callback_without_its_cookie_is_refused(sandbox: Caller, pos: FakePos) -> None:
    redirect = sandbox.get("/connect")
    state = parse_qs(urlsplit(redirect.headers["Location"]).query)["state"][0]
    pos.codes.add("code-1")
    sandbox.session.cookies.clear()

    callback = sandbox.get("/oauth/callback", code="code-1", state=state)

    assert callback.status_code == 400
    assert "This sign-in was not started in this browser" in callback.text
    assert pos.tokens_issued == 0


def test_a_page_form_requires_its_token(sandbox: Caller, pos: FakePos) -> None:
    fields = {"email": EMAIL, "password": PASSWORD, "token": "guessed"}

    answer = requests.post(f"{sandbox.url}/steps/connect", data=fields, timeout=10)

    assert answer.status_code == 403
    assert pos.requests == []


def test_a_page_form_runs_the_step_and_reports_the_result(sandbox: Caller) -> None:
    match = re.search(r'name="token" value="([^"]+)"', sandbox.get("/").text)
    assert match is not None
    fields = {"email": EMAIL, "password": PASSWORD, "token": match[1]}

    answer = requests.post(f"{sandbox.url}/steps/connect", data=fields, timeout=10)

    assert answer.status_code == 200
    assert "Connect: the POS answered 201." in answer.text
    assert "owner@example.com" in answer.text
