"""The effect of connecting and disconnecting on catalog events (contract WH, CAT)."""

import pytest
import time_machine
from django.utils import timezone

from catalog import tasks
from catalog.locations import connection
from catalog.models import Location
from catalog.snapshots import builder as snapshot_builder
from integration.models import OutboundEvent, RefreshToken
from integration.oauth import authorizations
from integration.oauth.pos_role import POS
from tests.catalog.support.catalog_events import events, rename, waiting
from tests.support import factories

State = OutboundEvent.State


def test_nothing_is_owed_at_connecting(merchant, owner, location):
    factories.family(merchant, provider_id="soda")
    factories.access_token(owner)
    POS.authorized(merchant)

    tasks.look_after_catalogs()
    assert events() == []

    rename("Cola")
    tasks.look_after_catalogs()
    assert waiting() == [("location.catalog.updated", "loc_downtown")]


def test_an_edit_between_connecting_and_the_first_build_is_not_lost(merchant, owner, location):
    factories.family(merchant, provider_id="soda")
    factories.access_token(owner)
    POS.authorized(merchant)

    rename("Cola")
    tasks.look_after_catalogs()

    assert waiting() == [("location.catalog.updated", "loc_downtown")]


def test_a_location_that_is_not_connected_owes_nothing(soda, location):
    connection.disconnect(Location.objects.all())
    rename("Cola")
    tasks.look_after_catalogs()
    assert events() == []

    factories.connect(location)
    tasks.look_after_catalogs()
    assert events() == []  # The current catalog counts as told,


def test_events_from_before_a_disconnection_no_longer_count(soda, location):
    """Restore the catalog from before the disconnection; Stream was told another at connecting."""
    connection.disconnect(Location.objects.all())
    rename("Cola")
    tasks.look_after_catalogs()
    factories.connect(location)

    rename("Soda")
    tasks.look_after_catalogs()

    assert waiting() == [("location.catalog.updated", "loc_downtown")]


def test_disconnecting_withdraws_waiting_events_and_sends_nothing(soda, location):
    rename("Cola")
    tasks.look_after_catalogs()
    connection.disconnect(Location.objects.all())
    assert events() == [State.WITHDRAWN]

    rename("Fanta")
    tasks.look_after_catalogs()
    factories.connect(location)
    rename("Cola")
    tasks.look_after_catalogs()
    assert events() == [State.WITHDRAWN, State.WAITING]


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_the_end_of_the_authorization_withdraws_waiting_events(
    soda, location, merchant, owner, how
):
    rename("Cola")
    tasks.look_after_catalogs()
    ended = timezone.now()
    if how == "revoked":
        authorizations.revoke_all(merchant.pk)
    else:
        ended = RefreshToken.objects.get().expires

    with time_machine.travel(ended, tick=False):
        tasks.look_after_catalogs()
        assert events() == [State.WITHDRAWN]
        rename("Fanta")
        tasks.refresh(merchant.pk)
        factories.access_token(owner)
        POS.authorized(merchant)
        tasks.look_after_catalogs()
        assert events() == [State.WITHDRAWN]  # At connecting nothing is sent.
        rename("Cola")
        tasks.look_after_catalogs()
        assert events() == [State.WITHDRAWN, State.WAITING]


def test_a_second_authorization_loses_no_edit(soda, merchant):
    rename("Cola")
    factories.access_token(factories.user(merchant))
    POS.authorized(merchant)

    tasks.look_after_catalogs()

    assert waiting() == [("location.catalog.updated", "loc_downtown")]


def test_an_archived_location_is_not_built_again_and_again(soda, merchant, location, monkeypatch):
    Location.objects.update(archived_at=timezone.now())
    rename("Cola")
    built = []
    monkeypatch.setattr(snapshot_builder, "build", lambda *args, **options: built.append(args))

    tasks.look_after_catalogs()

    assert built == []
