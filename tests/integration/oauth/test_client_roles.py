"""Client roles: a second kind of client is data and needs no code of its own."""

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import path

from integration.models import AccessToken, Application, RefreshToken
from integration.oauth import authorizations, client_roles
from integration.oauth import client as oauth_client
from integration.oauth.client import after_migrate
from integration.oauth.client_roles import ClientRole, Registration
from integration.oauth.endpoints.authorize_view import AuthorizeView
from integration.oauth.endpoints.token_view import TokenView
from integration.oauth.pos_role import POS
from stream_pos.urls import urlpatterns as real_urlpatterns
from tests.integration.support.oauth_client import (
    ALL_SCOPES,
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
SECOND = ClientRole(
    name="second",
    display_name="Second client",
    registration=lambda: Registration(**registered_as),
    scopes={"stores:read": "See your stores", "menus:write": "Replace your menus"},
    default_scopes=["stores:read"],
    token_fields=lambda access, refresh: {"store_owner": access.user.email},
    exchange_needs_redirect_uri=False,
)
OWN = {"client_id": "second-client", "client_secret": SECRET, "redirect_uris": [REDIRECT_URI]}
registered_as = dict(OWN)
urlpatterns = [
    path("second/v1/authorize", AuthorizeView.as_view(role=SECOND)),
    path("second/v1/token", TokenView.as_view(role=SECOND)),
    *real_urlpatterns,
]


@pytest.fixture
def second(monkeypatch):
    """A second role, with a client of its own."""
    monkeypatch.setattr(client_roles, "_registered", dict(client_roles._registered))
    client_roles.register(SECOND)
    after_migrate()
    with override_settings(ROOT_URLCONF=__name__):
        yield SECOND
    SECOND._callbacks.clear()
    registered_as.update(OWN)


def _code(browser: Client, **changes: str) -> str:
    return allow(browser, "/second/v1", client_id="second-client", **changes)


def _tokens(body):
    client = {"client_id": "second-client", "client_secret": SECRET}
    return ask_for_tokens({**body, **client}, base="/second/v1")


def test_migrating_creates_a_client_for_each_role(second):
    application = Application.objects.get(client_id="second-client")
    assert (application.name, application.client_secret) == ("Second client", "")
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


def test_basic_credentials_work_in_every_role(second, browser):
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


def test_a_client_that_the_settings_no_longer_name_has_no_role(settings):
    before = settings.STREAM_CLIENT_ID
    assert client_roles.roles_of_client(before) == [POS]
    settings.STREAM_CLIENT_ID = "another-client"
    assert client_roles.roles_of_client(before) == []
    settings.STREAM_CLIENT_ID = ""
    assert client_roles.roles_of_client("") == []


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
    assert client_roles.registered()[0] == POS
    assert client_roles.registered()[-1] == second


@pytest.mark.parametrize("is_signed_in", [False, True])
@pytest.mark.parametrize(
    ("base", "client_id"),
    [("/second/v1", settings.STREAM_CLIENT_ID), ("/stream-pos/v1", "second-client")],
)
def test_a_client_at_the_page_of_another_role_sees_an_error(
    second, client, browser, base, client_id, is_signed_in
):
    page = (browser if is_signed_in else client).get(authorize_url(base, client_id=client_id))
    assert page.status_code == 400
    assert "unauthorized_client" in page.content.decode()


def test_an_exchange_repeats_the_redirect_uri_only_where_the_role_asks_for_it(second, browser):
    assert _tokens(code_body(_code(browser), redirect_uri=None)).status_code == 200
    wrong = _tokens(code_body(_code(browser), redirect_uri=REDIRECT_URI + "/other"))
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    refused = ask_for_tokens(code_body(allow(browser), redirect_uri=None))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.fixture
def shared(second):
    """One client for both roles."""
    registered_as.update(
        client_id=settings.STREAM_CLIENT_ID,
        client_secret=settings.STREAM_CLIENT_SECRET,
        redirect_uris=["https://second.example/callback", REDIRECT_URI],
    )
    after_migrate()


def test_of_one_client_with_two_roles_the_page_decides(shared, browser):
    application = Application.objects.get(client_id=settings.STREAM_CLIENT_ID)
    assert application.name == "Stream"
    both = [REDIRECT_URI, "https://second.example/callback"]
    assert oauth_client.redirect_uris(settings.STREAM_CLIENT_ID) == both

    first = ask_for_tokens(code_body(allow(browser)))
    assert (first.status_code, first.json()["scope"]) == (201, ALL_SCOPES)
    second = ask_for_tokens(code_body(allow(browser, "/second/v1")), base="/second/v1")
    assert (second.status_code, second.json()["scope"]) == (200, "stores:read")
    assert list(RefreshToken.objects.order_by("pk").values_list("role", flat=True)) == [
        "pos",
        "second",
    ]


def test_codes_and_tokens_of_a_shared_client_are_bound_to_their_role(shared, browser):
    code = allow(browser, "/second/v1")
    assert ask_for_tokens(code_body(code)).json()["error"] == "invalid_grant"
    granted = ask_for_tokens(code_body(code), base="/second/v1").json()
    again = refresh_body(granted["refresh_token"])
    assert ask_for_tokens(again).json()["error"] == "invalid_grant"
    assert ask_for_tokens(again, base="/second/v1").json()["scope"] == "stores:read"
    assert AccessToken.objects.latest("pk").role == "second"


def test_no_parameter_from_outside_names_the_role(shared, browser):
    body = code_body(allow(browser, "/second/v1", client_role="pos"))
    assert ask_for_tokens({**body, "client_role": "second"}).status_code == 400
    assert ask_for_tokens({**body, "client_role": "pos"}, base="/second/v1").status_code == 200


def test_authorizations_of_two_roles_live_and_end_apart(second, browser, merchant):
    assert _tokens(code_body(_code(browser))).status_code == 200
    assert authorizations.is_live(merchant.pk, "second")
    assert authorizations.live_merchant_ids("second") == {merchant.pk}
    assert authorizations.current(merchant.pk, "second").scopes == ["stores:read"]
    assert not authorizations.is_live(merchant.pk)
    assert authorizations.live_merchant_ids() == set()
    assert authorizations.current(merchant.pk) is None

    assert authorizations.revoke_all(merchant.pk) == 0
    assert authorizations.is_live(merchant.pk, "second")
    assert authorizations.revoke_all(merchant.pk, "second") == 1
    assert not authorizations.is_live(merchant.pk, "second")
