"""Clients: the settings name them, their secrets and their redirect URIs; nothing else does."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.locations import connection
from dsp.menu_intake import sealing
from integration.models import AccessToken, Application, RefreshToken
from integration.oauth import authorizations
from integration.oauth.client import after_migrate
from tests.integration.support.oauth_client import (
    CLIENT_ID,
    REDIRECT_URI,
    allow,
    ask_for_tokens,
    authorize_url,
    basic,
    code_body,
    opens,
    refresh,
    refresh_body,
)

pytestmark = pytest.mark.django_db
NEW = "the-new-secret-of-the-client-0123456789"
OLD = "the-old-secret-of-the-client-0123456789"


def _status(body, **headers):
    answer = ask_for_tokens(body, **headers)
    return answer.status_code, answer.json().get("error")


@pytest.fixture
def renamed(granted, settings):
    """The settings name another client, after the first was authorized."""
    before = dict(granted)
    settings.STREAM_CLIENT_ID = "stream-2027"
    settings.STREAM_CLIENT_SECRET = NEW
    return before


def test_both_secrets_work_during_a_rotation_and_the_old_one_ends_with_it(browser, settings):
    settings.STREAM_CLIENT_SECRET = NEW
    settings.STREAM_CLIENT_OTHER_SECRETS = [OLD]
    for secret in (OLD, NEW):
        assert _status(code_body(allow(browser), client_secret=secret)) == (201, None)
        body = code_body(allow(browser), client_id=None, client_secret=None)
        assert _status(body, **basic(CLIENT_ID, secret)) == (201, None)
    settings.STREAM_CLIENT_OTHER_SECRETS = []
    assert _status(code_body(allow(browser), client_secret=OLD)) == (401, "invalid_client")
    assert _status(code_body(allow(browser), client_secret=NEW)) == (201, None)


def test_a_new_secret_or_client_works_without_migrating(browser, settings):
    settings.STREAM_CLIENT_SECRET = NEW
    assert _status(code_body(allow(browser), client_secret=NEW)) == (201, None)
    settings.STREAM_CLIENT_ID = "stream-2027"
    code = allow(browser, client_id="stream-2027")
    body = code_body(code, client_id="stream-2027", client_secret=NEW)
    assert _status(body) == (201, None)


def test_a_secret_is_in_the_settings_alone(settings):
    settings.STREAM_CLIENT_ID = "stream-2027"
    after_migrate()
    row = Application.objects.get(client_id="stream-2027")
    assert (row.client_secret, row.redirect_uris) == ("", "")


@pytest.mark.parametrize("secret", ["", " ", "x", NEW + "x", NEW[:-1]])
def test_a_wrong_or_empty_secret_is_refused(browser, settings, secret):
    settings.STREAM_CLIENT_SECRET = NEW
    answer = _status(code_body(allow(browser), client_secret=secret))
    assert answer == (401, "invalid_client")


def test_no_empty_secret_is_ever_accepted(browser, settings):
    settings.STREAM_CLIENT_SECRET = ""
    settings.STREAM_CLIENT_OTHER_SECRETS = [""]
    body = code_body(allow(browser), client_id=None, client_secret=None)
    assert _status(body, **basic(CLIENT_ID, "")) == (401, "invalid_client")


def test_a_client_that_no_setting_names_is_refused_everywhere(renamed, browser, location, settings):
    old = {"client_id": CLIENT_ID, "client_secret": OLD}
    settings.STREAM_CLIENT_OTHER_SECRETS = [OLD]
    assert browser.get(authorize_url()).status_code == 400
    assert _status(refresh_body(renamed["refresh_token"], **old)) == (401, "invalid_client")
    assert not opens(renamed["access_token"])
    location.refresh_from_db()
    assert not connection.is_connected(location)
    assert not authorizations.is_live(location.merchant_id)
    new = {"client_id": "stream-2027", "client_secret": NEW}
    assert _status(refresh_body(renamed["refresh_token"], **new)) == (400, "invalid_grant")


def test_naming_a_client_again_brings_its_authorizations_back(renamed, settings):
    settings.STREAM_CLIENT_ID = CLIENT_ID
    assert opens(renamed["access_token"])


def test_a_retired_client_is_over_for_good(renamed, settings, merchant):
    out = StringIO()
    call_command("retire_client", CLIENT_ID, stdout=out)
    assert out.getvalue() == (
        "Retired stream-development: 1 authorizations of 1 merchants ended.\n"
    )
    settings.STREAM_CLIENT_ID = CLIENT_ID
    assert not opens(renamed["access_token"])
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.filter(revoked=None).exists()
    assert not authorizations.is_live(merchant.pk)


@pytest.mark.parametrize(
    ("client_id", "words"),
    [(CLIENT_ID, "still name stream-development"), ("nobody", "no client nobody"), ("\0", "no cl")],
)
def test_only_a_client_of_before_is_retired(granted, client_id, words):
    with pytest.raises(CommandError, match=words):
        call_command("retire_client", client_id)
    assert opens(granted["access_token"])


def test_redirect_uris_follow_the_settings_at_once(browser, settings):
    assert browser.get(authorize_url()).status_code == 200
    settings.STREAM_REDIRECT_URIS = ["https://stream.example/callback"]
    assert browser.get(authorize_url()).status_code == 400
    moved = authorize_url(redirect_uri="https://stream.example/callback")
    assert browser.get(moved).status_code == 200
    assert browser.get(authorize_url(redirect_uri=REDIRECT_URI + "x")).status_code == 400


def test_nothing_that_stream_holds_depends_on_the_secret_key(granted, settings):
    settings.SECRET_KEY = "another key of the same deployment " * 2
    assert opens(granted["access_token"])
    assert opens(refresh(granted["refresh_token"])["access_token"])


def test_a_lost_answer_is_repaired_across_a_rotation_of_the_secret_key(granted, settings):
    lost = refresh(granted["refresh_token"])
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of the same deployment " * 2
    again = refresh(granted["refresh_token"])
    assert again["refresh_token"] == lost["refresh_token"]
    assert again["access_token"] == lost["access_token"]
    assert RefreshToken.objects.filter(revoked=None).count() == 1


def test_addresses_of_menus_that_wait_are_read_with_the_key_of_before(settings):
    sealed = sealing.seal("https://menus.example/1.json")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of the same deployment " * 2
    assert sealing.unseal(sealed) == "https://menus.example/1.json"
    settings.SECRET_KEY_FALLBACKS = []
    assert sealing.unseal(sealed) is None
