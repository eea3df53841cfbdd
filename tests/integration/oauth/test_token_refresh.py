"""Refreshing tokens (contract TOK): rotation, recovery of a lost answer, detection of theft."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from integration.models import AccessToken, RefreshToken
from integration.oauth import authorizations
from tests.integration.support.oauth_client import (
    allow,
    ask_for_tokens,
    code_body,
    opens,
    refresh,
    refresh_body,
)
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = 1_772_366_400_000


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def _refused(refresh_token, **changes):
    response = ask_for_tokens(refresh_body(refresh_token, **changes))
    assert response.status_code == 400, response.content
    return response.json()["error"]


def test_a_refresh_gives_a_new_pair_and_the_old_access_token_soon_expires(clock, granted):
    clock.shift(timedelta(hours=1))
    new = refresh(granted["refresh_token"])

    assert new["access_token"] != granted["access_token"]
    assert new["refresh_token"] != granted["refresh_token"]
    assert set(new) == set(granted)
    assert new["expire_time"] == NOW_MS + 3_600_000 + 7 * 86_400_000
    assert new["refresh_token_expire_time"] == NOW_MS + 3_600_000 + 365 * 86_400_000
    assert opens(new["access_token"])
    clock.shift(timedelta(seconds=59))
    assert opens(granted["access_token"])  # For requests under way.
    clock.shift(timedelta(seconds=1))
    assert not opens(granted["access_token"])
    assert opens(new["access_token"])


def test_repeating_a_refresh_within_a_minute_recovers_a_lost_answer(clock, granted):
    first = refresh(granted["refresh_token"])
    clock.shift(timedelta(seconds=60))

    again = refresh(granted["refresh_token"])

    assert again["access_token"] == first["access_token"]
    assert again["refresh_token"] == first["refresh_token"]
    assert again["expire_time"] == first["expire_time"]
    assert again["expires_in"] == first["expires_in"] - 60
    assert opens(again["access_token"])
    assert opens(refresh(again["refresh_token"])["access_token"])


def test_a_repeated_answer_names_the_scope_of_its_token(granted):
    refresh(granted["refresh_token"], scope="catalog:read")
    assert refresh(granted["refresh_token"])["scope"] == "catalog:read"


def test_repeating_a_refresh_after_a_minute_revokes_the_whole_family(clock, granted):
    new = refresh(granted["refresh_token"])
    clock.shift(timedelta(seconds=61))

    assert _refused(granted["refresh_token"]) == "invalid_grant"

    assert not opens(new["access_token"])
    assert _refused(new["refresh_token"]) == "invalid_grant"


def test_a_retry_works_although_the_successor_was_itself_rotated(clock, granted):
    second = refresh(granted["refresh_token"])
    clock.shift(timedelta(seconds=10))
    third = refresh(second["refresh_token"])
    clock.shift(timedelta(seconds=10))

    again = refresh(granted["refresh_token"])

    assert again["refresh_token"] == second["refresh_token"]
    assert opens(again["access_token"])
    assert refresh(again["refresh_token"])["access_token"] == third["access_token"]
    assert opens(third["access_token"])


def test_a_retry_after_the_family_was_revoked_is_refused(granted, merchant):
    refresh(granted["refresh_token"])
    assert authorizations.revoke_all(merchant.pk) == 1
    assert _refused(granted["refresh_token"]) == "invalid_grant"


def test_a_refresh_token_lives_365_days_from_its_last_use(clock, granted):
    clock.shift(timedelta(days=364))
    new = refresh(granted["refresh_token"])
    clock.shift(timedelta(days=364))
    newer = refresh(new["refresh_token"])
    clock.shift(timedelta(days=365))
    assert _refused(newer["refresh_token"]) == "invalid_grant"


def test_an_access_token_expires_after_seven_days(clock, granted):
    clock.shift(timedelta(days=7) - timedelta(seconds=1))
    assert opens(granted["access_token"])
    clock.shift(timedelta(seconds=1))
    assert not opens(granted["access_token"])


def test_a_refresh_may_ask_for_less_scope_and_for_all_of_it_next_time(granted):
    less = refresh(granted["refresh_token"], scope="catalog:read")
    assert less["scope"] == "catalog:read"
    again = refresh(less["refresh_token"])
    assert again["scope"] == granted["scope"]


def test_more_scope_than_granted_is_refused(browser):
    answer = ask_for_tokens(code_body(allow(browser, scope="catalog:read"))).json()
    assert _refused(answer["refresh_token"], scope="catalog:read orders:write") == "invalid_scope"
    assert refresh(answer["refresh_token"])["scope"] == "catalog:read"


def test_a_refresh_token_of_another_client_is_refused_and_stays_valid(granted, settings):
    settings.STREAM_DSP_CLIENT_ID = "channel"
    settings.STREAM_DSP_CLIENT_SECRET = "the-secret-of-the-channel"
    theirs = {"client_id": "channel", "client_secret": "the-secret-of-the-channel"}
    assert _refused(granted["refresh_token"], **theirs) == "invalid_grant"
    assert opens(refresh(granted["refresh_token"])["access_token"])


@pytest.mark.parametrize("value", ["wrong", "\0", "x" * 5000, "é", ""])
def test_a_wrong_refresh_token_is_refused(value):
    assert _refused(value) in ("invalid_grant", "invalid_request")


def test_an_authorization_lives_until_its_last_family_ends(clock, browser, granted, merchant):
    other = ask_for_tokens(code_body(allow(browser))).json()
    new = refresh(granted["refresh_token"])
    clock.shift(timedelta(seconds=61))
    assert _refused(granted["refresh_token"]) == "invalid_grant"
    assert not opens(new["access_token"])
    assert authorizations.is_live(merchant.pk)
    assert authorizations.live_merchant_ids() == {merchant.pk}

    RefreshToken.objects.filter(revoked=None).update(revoked=NOW)
    assert opens(other["access_token"])
    clock.shift(timedelta(days=7))
    assert not authorizations.is_live(merchant.pk)
    assert authorizations.live_merchant_ids() == set()


@pytest.mark.django_db(transaction=True)
def test_simultaneous_refreshes_get_the_same_working_tokens(granted):
    answers = at_once(*[lambda: ask_for_tokens(refresh_body(granted["refresh_token"]))] * 6)
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json()["access_token"] for answer in answers}) == 1
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert opens(answers[0].json()["access_token"])
    assert RefreshToken.objects.filter(revoked=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_two_simultaneous_exchanges_wins_and_then_loses_its_tokens(browser):
    code = allow(browser)
    answers = at_once(*[lambda: ask_for_tokens(code_body(code))] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    assert not AccessToken.objects.exists()
