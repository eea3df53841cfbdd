"""Authorization of the ordering channel (contract DSP-AUTH, DSP-TOK)."""

import pytest
from django.test import Client

from dsp.client_role import NAME
from integration.models import AccessToken, RefreshToken
from integration.oauth import authorizations
from tests.dsp.support.channel import BASE, CLIENT_ID, SCOPES, SECRET, authorize, exchange
from tests.integration.support.oauth_client import (
    CLIENT_ID as POS_CLIENT_ID,
)
from tests.integration.support.oauth_client import (
    allow,
    ask_for_tokens,
    authorize_url,
    basic,
    code_body,
)
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(browser_client, owner):
    return browser_client(owner)


def _page(browser, **changes):
    return browser.get(authorize_url(BASE, **{"client_id": CLIENT_ID, **changes}))


def test_the_token_answer_has_exactly_the_fields_of_the_contract(role, browser, merchant):
    answer = authorize(browser)
    access, refresh = AccessToken.objects.get(), RefreshToken.objects.get()
    assert answer == {
        "access_token": answer["access_token"],
        "refresh_token": answer["refresh_token"],
        "expire_time": int(access.expires.timestamp() * 1000),
        "refresh_token_expire_time": int(refresh.expires.timestamp() * 1000),
        "id": merchant.provider_id,
        "token_type": "Bearer",
        "expires_in": 604800,
        "scope": SCOPES,
    }
    assert (access.role, refresh.role) == (NAME, NAME)


def test_the_example_requests_of_the_contract_work(role, browser):
    code = allow(browser, BASE, client_id=CLIENT_ID)
    granted = exchange(grant_type="authorization_code", code=code)
    assert granted.status_code == 200
    token = granted.json()["refresh_token"]
    again = exchange(grant_type="refresh_token", refresh_token=token)
    assert (again.status_code, again.json()["scope"]) == (200, SCOPES)
    repeated = exchange(grant_type="refresh_token", refresh_token=token).json()
    passing = {"expires_in": repeated["expires_in"]}  # A second may lie between the two.
    assert repeated == again.json() | passing


def test_a_redirect_uri_that_comes_must_be_that_of_the_code(role, browser):
    for uri, status in [
        ("http://127.0.0.1:9000/oauth/callback", 200),
        ("http://127.0.0.1:9000/other", 400),
    ]:
        code = allow(browser, BASE, client_id=CLIENT_ID)
        answer = exchange(grant_type="authorization_code", code=code, redirect_uri=uri)
        assert answer.status_code == status, uri


def test_basic_and_form_clients_get_the_same_answer(role, browser):
    body = {"grant_type": "authorization_code"}
    code = allow(browser, BASE, client_id=CLIENT_ID)
    answer = ask_for_tokens({**body, "code": code}, base=BASE, **basic(CLIENT_ID, SECRET))
    assert answer.status_code == 200
    code = allow(browser, BASE, client_id=CLIENT_ID)
    form = f"grant_type=authorization_code&code={code}&client_id={CLIENT_ID}&client_secret={SECRET}"
    kind = "application/x-www-form-urlencoded"
    assert ask_for_tokens(form, base=BASE, content_type=kind).status_code == 200


def test_a_bearer_header_along_with_authorize_and_token_is_ignored(role, browser):
    header = {"HTTP_AUTHORIZATION": "Bearer nonsense"}
    address = authorize_url(BASE, client_id=CLIENT_ID)
    assert browser.get(address, **header).status_code == 200
    code = allow(browser, BASE, client_id=CLIENT_ID)
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
    }
    assert ask_for_tokens(body, base=BASE, **header).status_code == 200


def test_the_consent_page_names_what_is_granted(role, browser):
    text = _page(browser).content.decode()
    assert "Connect Harbor Kitchen to Stream (ordering channel)?" in text
    assert "See the stores of your ordering channel" in text
    assert "Connect and disconnect single stores" in text
    assert "Publish menus to your stores, pause them, receive their orders" in text
    assert "Change your stores or your staff" in text
    assert "See your name" not in text
    assert "Read your menus" not in text


@pytest.mark.parametrize("is_signed_in", [False, True])
@pytest.mark.parametrize(
    ("base", "client_id"), [(BASE, POS_CLIENT_ID), ("/stream-pos/v1", CLIENT_ID)]
)
def test_the_client_of_the_other_role_sees_an_error_page(
    role, browser, base, client_id, is_signed_in
):
    visitor = browser if is_signed_in else Client(SERVER_NAME="127.0.0.1")
    page = visitor.get(authorize_url(base, client_id=client_id))
    assert page.status_code == 400
    assert "This link cannot connect anything" in page.content.decode()


def test_only_an_owner_may_authorize(role, browser_client, merchant):
    manager = browser_client(factories.user(merchant, "manager"))
    assert _page(manager).status_code == 403


def test_scopes_of_the_other_role_are_refused(role, browser):
    page = _page(browser, scope="dsp:events orders:write")
    assert "error=invalid_scope" in page["Location"]
    assert authorize(browser, scope="dsp:events")["scope"] == "dsp:events"


def test_one_client_may_serve_both_roles(role, settings, browser):
    settings.STREAM_DSP_CLIENT_ID = settings.STREAM_CLIENT_ID
    settings.STREAM_DSP_CLIENT_SECRET = settings.STREAM_CLIENT_SECRET
    pair = {"client_id": POS_CLIENT_ID, "client_secret": settings.STREAM_CLIENT_SECRET}
    code = allow(browser, BASE)
    assert ask_for_tokens(code_body(code)).status_code == 400
    answer = exchange(grant_type="authorization_code", code=code, **pair)
    assert (answer.status_code, answer.json()["scope"]) == (200, SCOPES)
    other = ask_for_tokens(code_body(allow(browser)))
    assert (other.status_code, "email" in other.json()) == (201, True)


def test_an_authorization_of_the_channel_is_none_of_the_pos_role(role, browser, merchant):
    authorize(browser)
    assert authorizations.is_live(merchant.pk, NAME)
    assert not authorizations.is_live(merchant.pk)


@pytest.mark.parametrize(
    "path", ["authorize", "token", "locations", "locations/connection", "event"]
)
def test_without_a_client_every_route_is_404(client, path):
    for method in ("get", "post", "delete"):
        answer = getattr(client, method)(f"{BASE}/{path}")
        assert answer.status_code == 404
        assert answer.json()["error"] == "not_found"
