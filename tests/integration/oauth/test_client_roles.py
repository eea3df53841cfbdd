"""Client roles: a second kind of client is data and needs no code of its own."""

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import path

from integration.models import AccessToken, Application
from integration.oauth import client_roles
from integration.oauth.authorize_view import AuthorizeView
from integration.oauth.client import after_migrate
from integration.oauth.client_roles import ClientRole, Registration
from integration.oauth.pos_role import POS
from integration.oauth.token_view import TokenView
from stream_pos.urls import urlpatterns as real_urlpatterns
from tests.integration.support.oauth_client import (
    REDIRECT_URI,
    allow,
    ask_for_tokens,
    authorize_url,
    basic,
    code_body,
    refresh_body,
    returned,
)

pytestmark = pytest.mark.django_db

SECRET = "the-secret-of-the-second-client-0123456789"
urlpatterns = [
    path("second/v1/authorize", AuthorizeView.as_view()),
    path("second/v1/token", TokenView.as_view()),
    *real_urlpatterns,
]


@pytest.fixture
def second(monkeypatch):
    """A second role, with a client of its own."""
    role = ClientRole(
        name="second",
        display_name="Second client",
        registration=lambda: Registration("second-client", SECRET, [REDIRECT_URI]),
        scopes={"stores:read": "See your stores", "menus:write": "Replace your menus"},
        default_scopes=["stores:read"],
        token_fields=lambda access, refresh: {"store_owner": access.user.email},
    )
    monkeypatch.setattr(client_roles, "_registered", dict(client_roles._registered))
    client_roles.register(role)
    after_migrate()
    with override_settings(ROOT_URLCONF=__name__):
        yield role


def _code(browser: Client, **changes: str) -> str:
    return allow(browser, "/second/v1", client_id="second-client", **changes)


def _tokens(body):
    client = {"client_id": "second-client", "client_secret": SECRET}
    return ask_for_tokens({**body, **client}, base="/second/v1")


def test_migrating_creates_a_client_for_each_role(second):
    application = Application.objects.get(client_id="second-client")
    assert (application.name, application.redirect_uris) == ("Second client", REDIRECT_URI)
    assert Application.objects.get(client_id=settings.STREAM_CLIENT_ID).name == "Stream"


def test_the_token_answer_is_that_of_the_role(second, browser):
    response = _tokens(code_body(_code(browser)))
    assert response.status_code == 200
    answer = response.json()
    assert answer["store_owner"] == "owner@example.com"
    assert set(answer) == {
        *("access_token", "refresh_token", "token_type", "scope", "expires_in"),
        "store_owner",
    }
    again = _tokens(refresh_body(answer["refresh_token"]))
    assert (again.status_code, again.json()["store_owner"]) == (200, "owner@example.com")


def test_basic_credentials_name_the_role_too(second, browser):
    body = code_body(_code(browser), client_id=None, client_secret=None)
    response = ask_for_tokens(body, base="/second/v1", **basic("second-client", SECRET))
    assert response.status_code == 200


def test_a_client_may_ask_for_the_scopes_of_its_role_only(second, browser):
    assert _tokens(code_body(_code(browser))).json()["scope"] == "stores:read"
    code = _code(browser, scope="menus:write stores:read")
    assert _tokens(code_body(code)).json()["scope"] == "menus:write stores:read"
    page = browser.get(authorize_url("/second/v1", client_id="second-client", scope="catalog:read"))
    assert returned(page)["error"] == "invalid_scope"
    page = browser.get(authorize_url(scope="stores:read"))
    assert returned(page)["error"] == "invalid_scope"


def test_the_consent_page_describes_the_scopes_of_the_role(second, browser):
    address = authorize_url("/second/v1", client_id="second-client")
    text = browser.get(address).content.decode()
    assert "Connect Harbor Kitchen to Second client?" in text
    assert "See your stores" in text
    assert "Read your menus" not in text


def test_only_the_callbacks_of_the_role_are_called(second, browser):
    authorized = []
    second.on_authorized(authorized.append)
    second.on_authorized(authorized.append)
    assert ask_for_tokens(code_body(allow(browser))).status_code == 201
    assert authorized == []
    assert _tokens(code_body(_code(browser))).status_code == 200
    assert authorized == [AccessToken.objects.latest("pk").merchant]


def test_a_client_that_the_settings_no_longer_name_keeps_the_first_role(settings):
    before = settings.STREAM_CLIENT_ID
    settings.STREAM_CLIENT_ID = "another-client"
    assert client_roles.role_of_client(before) is POS


def test_a_role_may_be_registered_again_but_not_replaced(second):
    client_roles.register(second)
    impostor = ClientRole(
        name="second",
        display_name="Another",
        registration=second.registration,
        scopes={},
        default_scopes=[],
        token_fields=lambda access, refresh: {},
    )
    with pytest.raises(ValueError, match="second"):
        client_roles.register(impostor)
    assert client_roles.registered() == [POS, second]
