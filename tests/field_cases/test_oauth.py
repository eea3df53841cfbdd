"""Requests of the authorization from the field."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.integration.support.oauth_client import (
    allow,
    ask_for_tokens,
    authorize_url,
    code_body,
    returned,
)

from . import files

pytestmark = pytest.mark.django_db


def test_a_token_request_with_an_unknown_number_is_answered(browser):
    unknown = files.parsed("token-with-an-unknown-number.json")["expires_in"]
    body = code_body(allow(browser)) | {"expires_in": unknown}
    assert ask_for_tokens(body).status_code == 201


def test_parameters_without_a_value_count_as_left_out(browser):
    lines = files.content("authorize-without-values.txt").decode().splitlines()
    queries = [urlsplit(line.split(" ")[1]).query for line in lines]
    blanks = [
        {name: value for name, value in parse_qsl(query, keep_blank_values=True) if not value}
        for query in queries
    ]
    assert blanks == [{"scope": ""}, {"code_challenge": "", "code_challenge_method": ""}]
    for blank in blanks:
        answer = browser.post(authorize_url(**blank), {"allow": "true"})
        assert set(returned(answer)) == {"code", "state", "iss"}
