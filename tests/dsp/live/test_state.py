"""Open and closed stores, by their connection, menu, pauses and hours."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from dsp.live import state
from dsp.live.state import state_of
from integration.models import AccessToken, RefreshToken
from tests.dsp.support.menus import NOON, go_live

pytestmark = pytest.mark.django_db


def shown(store, at=None):
    return state_of(store, at)[:3]


def test_a_connected_store_with_a_menu_is_open_in_its_hours(selling):
    assert shown(selling) == (True, None, None)
    assert state_of(selling).live.menu.menus[0].name == "All day"
    friday = datetime(2026, 1, 9, 13, 0, tzinfo=UTC)
    assert shown(selling, NOON + timedelta(hours=11)) == (False, "store_closed", friday)


def test_the_first_reason_counts(selling):
    selling.own_paused_at = NOON
    night = NOON + timedelta(hours=11)
    assert shown(selling, night)[1] == "store_paused"
    menu, selling.live_menu = selling.live_menu, None
    assert shown(selling, night)[1] == "no_menu"
    selling.live_menu, selling.connected_at = menu, None
    assert shown(selling, night) == (False, "not_connected", None)


def test_a_store_that_is_off_or_whose_authorization_ended_is_not_connected(selling):
    selling.is_on = False
    assert shown(selling)[1] == "not_connected"
    selling.is_on = True
    RefreshToken.objects.update(revoked=timezone.now())
    AccessToken.objects.all().delete()
    assert shown(selling)[1] == "not_connected"


@pytest.mark.parametrize("kind", ["paused", "own_paused", "turned_away"])
def test_each_pause_closes_until_its_end(selling, kind):
    setattr(selling, f"{kind}_at", NOON)
    assert shown(selling) == (False, "store_paused", None)
    end = NOON + timedelta(hours=1)
    setattr(selling, f"{kind}_until", end)
    assert shown(selling) == (False, "store_paused", end)
    assert shown(selling, end) == (True, None, None)


def test_after_several_pauses_it_opens_at_the_last_end_within_hours(selling):
    selling.paused_at = selling.own_paused_at = NOON
    selling.paused_until = NOON + timedelta(hours=1)
    selling.own_paused_until = NOON + timedelta(hours=12)
    friday = datetime(2026, 1, 9, 13, 0, tzinfo=UTC)
    assert shown(selling) == (False, "store_paused", friday)
    selling.paused_until = None
    assert shown(selling) == (False, "store_paused", None)


def test_a_menu_from_before_a_disconnect_does_not_count_unless_set_so(selling, settings):
    selling.disconnected_at = NOON
    assert shown(selling)[1] == "no_menu"
    settings.DSP = settings.DSP._replace(reuses_menu_on_reconnect=True)
    assert shown(selling)[0] is True
    assert state.sells(NOON + timedelta(seconds=1), NOON)


def test_a_menu_without_menus_is_closed_for_good(selling):
    go_live(selling, {"prep_time_minutes": 5, "menus": [], "holidays": [], "taxes": []})
    assert shown(selling) == (False, "store_closed", None)
