"""Parameters of the authorize address without a value (RFC 6749 §3.1; contract ALL)."""

import pytest

from tests.integration.support.oauth_client import (
    allow,
    ask_for_tokens,
    authorize_url,
    code_body,
    returned,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("blank", ["", "  ", "\u200b", "\u00a0\t"], ids=ascii)
def test_a_parameter_without_a_value_counts_as_left_out(browser, blank):
    names = ("state", "scope", "code_challenge", "code_challenge_method")
    for name in names:
        answer = returned(browser.post(authorize_url(**{name: blank}), {"allow": "true"}))
        assert set(answer) == {"code", "iss"} | ({"state"} if name != "state" else set())
    code = allow(browser, **dict.fromkeys(names[1:], blank))

    tokens = ask_for_tokens(code_body(code, code_verifier=blank))

    assert tokens.status_code == 201
    assert len(tokens.json()["scope"].split()) == 4


@pytest.mark.parametrize("blank", ["", " ", "\u2060"], ids=ascii)
def test_a_required_parameter_without_a_value_is_missing(browser, blank):
    for name in ("client_id", "redirect_uri"):
        answer = browser.get(authorize_url(**{name: blank}))
        assert answer.status_code == 400
        assert f"{name} is missing" in answer.content.decode()
    assert returned(browser.get(authorize_url(response_type=blank)))["error"] == "invalid_request"
