"""Authorizations as one fact: pending codes, lifetimes, their last use, and the upgrade to them."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import DatabaseError
from django.utils import timezone

from catalog.api import views
from catalog.locations import connection
from dsp.stores import connection as store_connection
from integration.models import AccessToken, Authorization, Grant, Merchant, RefreshToken
from integration.oauth import access_tokens, authorizations
from tests.dsp.support.channel import new_store
from tests.integration.support.oauth_client import (
    allow,
    ask_for_tokens,
    code_body,
    opens,
    refresh,
    refresh_body,
)
from tests.support import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = 1_772_366_400_000
DAY_MS = 86_400_000


def _refused(answer):
    assert answer.status_code == 400, answer.content
    return answer.json()["error"] == "invalid_grant"


# --- Its end.


def test_a_code_given_before_a_disconnect_is_over_with_it(browser, merchant):
    code, other = allow(browser), allow(browser)
    assert ask_for_tokens(code_body(other)).status_code == 201
    browser.post("/account/disconnect/")
    assert _refused(ask_for_tokens(code_body(code)))
    assert not authorizations.is_live(merchant.pk)
    assert ask_for_tokens(code_body(allow(browser))).status_code == 201
    assert authorizations.is_live(merchant.pk)


def test_a_code_of_a_merchant_that_was_never_connected_is_over_too(browser, merchant):
    code = allow(browser)
    browser.post("/account/disconnect/")
    assert _refused(ask_for_tokens(code_body(code)))


def test_the_epoch_alone_ends_everything(location, granted, browser):
    """Whatever the rows of the tokens say."""
    code = allow(browser)
    Authorization.objects.update(epoch=2)
    assert not opens(granted["access_token"])
    assert _refused(ask_for_tokens(refresh_body(granted["refresh_token"])))
    assert _refused(ask_for_tokens(code_body(code)))
    location.refresh_from_db()
    assert location.is_connected
    assert not connection.is_connected(location)
    assert connection.connected_among({location.provider_id}) == set()
    connection.disconnect_lapsed()
    location.refresh_from_db()
    assert not location.is_connected


def test_a_store_is_connected_while_the_channels_authorization_is(owner, merchant, settings):
    settings.STREAM_DSP_CLIENT_ID = "channel"
    factories.access_token(owner, role="dsp")
    store = new_store(merchant, connected_at=timezone.now())
    assert store_connection.is_connected(store)
    Authorization.objects.filter(role="dsp").update(epoch=2)
    assert not store_connection.is_connected(store)


def test_a_request_under_way_connects_nothing_after_a_disconnect(stream, location, monkeypatch):
    """The disconnect comes between the check of the token and the change."""

    found = views._locations_of

    def disconnect_first(merchant):
        connection.disconnect_merchant(merchant)
        return found(merchant)

    monkeypatch.setattr(views, "_locations_of", disconnect_first)
    answer = stream.post("/locations/connection", {"location_id": location.provider_id})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    location.refresh_from_db()
    assert not location.is_connected


def test_the_bearer_check_is_one_query(token, django_assert_num_queries):
    access_tokens.find(token.raw)
    with django_assert_num_queries(1):
        found = access_tokens.find(token.raw)
        assert found.merchant.name == "Harbor Kitchen"
        assert found.authorization.role == "pos"


# --- Lifetimes.


def test_no_token_outlives_the_consent(browser, settings):
    settings.AUTHORIZATION_SECONDS = 10 * 86400
    settings.REFRESH_TOKEN_SECONDS = 8 * 86400
    with time_machine.travel(NOW, tick=False) as clock:
        first = ask_for_tokens(code_body(allow(browser))).json()
        assert "Renews automatically" in browser.get("/account/").content.decode()
        assert first["expire_time"] == NOW_MS + 7 * DAY_MS
        assert first["refresh_token_expire_time"] == NOW_MS + 8 * DAY_MS
        clock.shift(timedelta(days=6))
        second = refresh(first["refresh_token"])
        assert second["expire_time"] == NOW_MS + 10 * DAY_MS
        assert second["refresh_token_expire_time"] == NOW_MS + 10 * DAY_MS
        assert second["expires_in"] == 4 * 86400
        again = refresh(first["refresh_token"])
        assert again["expire_time"] == second["expire_time"]
        assert "An owner has to connect again before" in browser.get("/account/").content.decode()
        clock.shift(timedelta(days=4) - timedelta(seconds=1))
        assert opens(second["access_token"])
        clock.shift(timedelta(seconds=1))
        assert not opens(second["access_token"])
        assert _refused(ask_for_tokens(refresh_body(second["refresh_token"])))


def test_a_refresh_token_that_is_not_used_ends(browser, settings, merchant):
    settings.REFRESH_TOKEN_SECONDS = 3 * 86400
    settings.ACCESS_TOKEN_SECONDS = 86400
    with time_machine.travel(NOW, tick=False) as clock:
        tokens = ask_for_tokens(code_body(allow(browser))).json()
        assert tokens["refresh_token_expire_time"] == NOW_MS + 3 * DAY_MS
        clock.shift(timedelta(days=2))
        tokens = refresh(tokens["refresh_token"])
        clock.shift(timedelta(days=3))
        assert _refused(ask_for_tokens(refresh_body(tokens["refresh_token"])))
        assert not authorizations.is_live(merchant.pk)


# --- Who, when, last use.


def test_the_account_page_says_who_when_and_the_last_use(browser, settings):
    with time_machine.travel(NOW, tick=False) as clock:
        tokens = ask_for_tokens(code_body(allow(browser))).json()
        clock.shift(timedelta(hours=5))
        page = browser.get("/account/").content.decode()
        assert "owner@example.com" in page
        assert 'datetime="2026-03-01T12:00:00+00:00"' in page
        assert "5 hours ago" in " ".join(page.split())
        assert opens(tokens["access_token"])
        assert "0 minutes ago" in " ".join(browser.get("/account/").content.decode().split())


def test_the_last_use_is_noted_once_an_hour(token):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(timedelta(minutes=59))
        assert opens(token.raw)
        before = Authorization.objects.get().last_used_at
        clock.shift(timedelta(minutes=2))
        assert opens(token.raw)
        assert Authorization.objects.get().last_used_at == timezone.now()
        assert Authorization.objects.get().last_used_at > before


def test_a_use_that_cannot_be_noted_refuses_nobody(token, monkeypatch):
    Authorization.objects.update(last_used_at=NOW)

    def locked(*args, **kwargs):
        raise DatabaseError("canceling statement due to lock timeout")

    monkeypatch.setattr("django.db.models.query.QuerySet.update", locked)
    assert opens(token.raw)


# --- The upgrade.


def _as_before():
    """Let the rows be as they were before there were authorizations."""
    for model in (Grant, AccessToken, RefreshToken):
        model.objects.update(authorization=None, epoch=1)
    Authorization.objects.all().delete()


def _migrate():
    import_module("integration.migrations.0014_attach_tokens").attach_tokens(apps, None)


def test_migrating_attaches_the_tokens_that_worked(granted, merchant, owner):
    again = refresh(granted["refresh_token"])
    first = RefreshToken.objects.earliest("pk")
    RefreshToken.objects.filter(pk=first.pk).update(created=NOW)
    _as_before()
    assert not opens(again["access_token"])
    _migrate()
    assert opens(again["access_token"])
    assert opens(refresh(again["refresh_token"])["access_token"])
    authorization = Authorization.objects.get()
    assert (authorization.merchant, authorization.role) == (merchant, "pos")
    assert (authorization.user, authorization.authorized_by) == (owner, "owner@example.com")
    assert set(RefreshToken.objects.values_list("consented_at", flat=True)) == {NOW}


@pytest.mark.parametrize("change", ["off", "moved"])
def test_migrating_brings_no_token_to_life(granted, owner, merchant, change):
    if change == "off":
        owner.is_active = False
    else:
        owner.merchant = Merchant.objects.create(name="Elsewhere", currency="usd")
    owner.save()
    _as_before()
    _migrate()
    assert not opens(granted["access_token"])
    assert _refused(ask_for_tokens(refresh_body(granted["refresh_token"])))
    assert not authorizations.is_live(merchant.pk)


def test_a_token_that_an_old_process_issues_during_the_upgrade_is_refreshed(granted, merchant):
    _as_before()
    tokens = refresh(granted["refresh_token"])
    assert opens(tokens["access_token"])
    assert Authorization.objects.get().merchant == merchant


def test_such_a_token_keeps_its_location_connected(location, granted):
    _as_before()
    connection.disconnect_lapsed()
    location.refresh_from_db()
    assert location.is_connected
    assert opens(granted["access_token"])
