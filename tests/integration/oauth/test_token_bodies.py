"""Token requests with unknown members, byte order marks and blank fields (contract ALL, TOK)."""

import json
from urllib.parse import urlencode

import pytest

from tests.integration.support.oauth_client import allow, ask_for_tokens, code_body

pytestmark = pytest.mark.django_db


UNKNOWN = {
    "a number": 3600,
    "a fraction": 0.5,
    "a list": [1, {"x": None}],
    "an object": {"code": 5},
    "true": True,
    "a long text": "x" * 25_000,
    "NUL": "\0",
    "half an emoji": "\ud83d",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_member_does_not_matter_whatever_its_type_and_size(browser, name):
    body = {**code_body(allow(browser)), "expires_in": UNKNOWN[name], "\u200b": UNKNOWN[name]}
    body |= {"x" * 5_000: None}

    assert ask_for_tokens(body).status_code == 201


@pytest.mark.parametrize(
    "text",
    ["9" * 5_000, "1e999", "[" * 5_000 + "]" * 5_000, '{"a":' * 5_000 + "1" + "}" * 5_000],
    ids=lambda text: text[:3],
)
def test_a_member_that_parsers_give_up_on_does_not_matter(browser, text):
    body = json.dumps(code_body(allow(browser)))

    assert ask_for_tokens(f'{body[:-1]}, "extra": {text}}}').status_code == 201


def test_unknown_form_fields_do_not_matter_however_many_or_often(browser):
    form = urlencode({**code_body(allow(browser)), "note": "x" * 9_000}) + "&a=1" * 100

    answer = ask_for_tokens(form, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 201


@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff", " \r\n\ufeff "], ids=ascii)
def test_a_byte_order_mark_is_ignored(browser, mark):
    as_json = mark + json.dumps(code_body(allow(browser)))
    as_form = mark + urlencode(code_body(allow(browser)))

    assert ask_for_tokens(as_json).status_code == 201
    assert ask_for_tokens(as_json.replace("code", "kode", 1), content_type="").status_code == 400
    form = "application/x-www-form-urlencoded"
    assert ask_for_tokens(as_form, content_type=form).status_code == 201


@pytest.mark.parametrize("blank", [" ", "\u200b", "\u3164"], ids=ascii)
@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "client_id"])
def test_a_blank_field_is_missing(browser, name, blank):
    answer = ask_for_tokens({**code_body(allow(browser)), name: blank})

    assert answer.status_code == (401 if name == "client_id" else 400)
    assert "missing" in answer.json()["error_description"]
