"""Open and closed stores, by their connection, menu, pauses and hours."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from dsp.live import state
from dsp.live.state import state_of
from dsp.models import Store
from integration.models import AccessToken, RefreshToken
from tests.dsp.menus.files import example
from tests.dsp.support.menus import go_live

pytestmark = pytest.mark.django_db
# A Thursday; the store is in Austin: 7:00 to 22:00 is 13:00 to 4:00 UTC.
NOON = datetime(2026, 1, 8, 18, 0, tzinfo=UTC)


@pytest.fixture
def sells(channel, store):
    with time_machine.travel(NOON, tick=False):
        RefreshToken.objects.update(expires=NOON + timedelta(days=900))
        AccessToken.objects.update(expires=NOON + timedelta(days=900))
        Store.objects.filter(pk=store.pk).update(connected_at=NOON)
        store.refresh_from_db()
        go_live(store, example(1))
        yield store


def shown(store, at=None):
    return state_of(store, at)[:3]


def test_a_connected_store_with_a_menu_is_open_in_its_hours(sells):
    assert shown(sells) == (True, None, None)
    assert state_of(sells).live.menu.menus[0].name == "All day"
    friday = datetime(2026, 1, 9, 13, 0, tzinfo=UTC)
    assert shown(sells, NOON + timedelta(hours=11)) == (False, "store_closed", friday)


def test_the_first_reason_counts(sells):
    sells.own_paused_at = NOON
    night = NOON + timedelta(hours=11)
    assert shown(sells, night)[1] == "store_paused"
    menu, sells.live_menu = sells.live_menu, None
    assert shown(sells, night)[1] == "no_menu"
    sells.live_menu, sells.connected_at = menu, None
    assert shown(sells, night) == (False, "not_connected", None)


def test_a_store_that_is_off_or_whose_authorization_ended_is_not_connected(sells):
    sells.is_on = False
    assert shown(sells)[1] == "not_connected"
    sells.is_on = True
    RefreshToken.objects.update(revoked=timezone.now())
    AccessToken.objects.all().delete()
    assert shown(sells)[1] == "not_connected"


@pytest.mark.parametrize("kind", ["paused", "own_paused", "turned_away"])
def test_each_pause_closes_until_its_end(sells, kind):
    setattr(sells, f"{kind}_at", NOON)
    assert shown(sells) == (False, "store_paused", None)
    end = NOON + timedelta(hours=1)
    setattr(sells, f"{kind}_until", end)
    assert shown(sells) == (False, "store_paused", end)
    assert shown(sells, end) == (True, None, None)


def test_after_several_pauses_it_opens_at_the_last_end_within_hours(sells):
    sells.paused_at = sells.own_paused_at = NOON
    sells.paused_until = NOON + timedelta(hours=1)
    sells.own_paused_until = NOON + timedelta(hours=12)
    friday = datetime(2026, 1, 9, 13, 0, tzinfo=UTC)
    assert shown(sells) == (False, "store_paused", friday)
    sells.paused_until = None
    assert shown(sells) == (False, "store_paused", None)


def test_a_menu_from_before_a_disconnect_does_not_count_unless_set_so(sells, settings):
    sells.disconnected_at = NOON
    assert shown(sells)[1] == "no_menu"
    settings.DSP = settings.DSP._replace(reuses_menu_on_reconnect=True)
    assert shown(sells)[0] is True
    assert state.sells(NOON + timedelta(seconds=1), NOON)


def test_a_menu_without_menus_is_closed_for_good(sells):
    go_live(sells, {"prep_time_minutes": 5, "menus": [], "holidays": [], "taxes": []})
    assert shown(sells) == (False, "store_closed", None)
