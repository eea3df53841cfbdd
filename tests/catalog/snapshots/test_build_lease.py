"""A stale catalog is built once by one of all callers, and none waits forever."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from catalog import tasks
from catalog.menu import loader as menu_loader
from catalog.models import CatalogBuild, CatalogSnapshot
from catalog.snapshots import (
    build_lease,
)
from catalog.snapshots import (
    builder as snapshot_builder,
)
from catalog.snapshots import (
    serializer as catalog_serializer,
)
from catalog.snapshots import (
    service as snapshots,
)
from tests.catalog.support.catalog_events import rename
from tests.catalog.support.puller_process import puller
from tests.support import factories
from tests.support.stream import Stream


@pytest.fixture
def builds(monkeypatch):
    """Return the list that records each menu read for a build."""
    read, real = [], menu_loader.read_menu

    def slowly(merchant):
        menu = real(merchant)
        read.append(merchant)
        time.sleep(0.2)
        return menu

    monkeypatch.setattr(menu_loader, "read_menu", slowly)
    return read


@pytest.mark.django_db(transaction=True)
def test_one_of_simultaneous_pulls_builds_for_all(token, soda, builds):
    rename("Cola")
    together = Barrier(4)

    def pull(_):
        together.wait(20)
        try:
            return Stream(token.raw).catalog("loc_downtown").json()["item_family"][0]["name"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pull, range(4))) == ["Cola"] * 4
    assert len(builds) == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_two_processes_builds_for_both(soda, merchant, tmp_path):
    rename("Cola")
    noted = tmp_path / "builds"
    of = {"merchant_id": merchant.pk, "location_id": "loc_downtown"}
    with ExitStack() as stack:
        pullers = [stack.enter_context(puller(noted, **of)) for _ in range(2)]
        for puller_process in pullers:
            puller_process.pull()
        etags = {puller_process.etag() for puller_process in pullers}

    assert etags == {CatalogSnapshot.objects.get().etag}
    assert noted.read_text() == "build\n"


@pytest.mark.django_db(transaction=True)
def test_a_killed_builder_blocks_others_only_until_its_lease_expires(
    token, soda, merchant, tmp_path
):
    rename("Cola")
    noted = tmp_path / "builds"
    of = {"merchant_id": merchant.pk, "location_id": "loc_downtown"}
    with puller(noted, build_seconds=60, lease_seconds=1, **of) as killed:
        killed.pull()
        while not noted.exists():
            time.sleep(0.01)
    began = time.monotonic()

    answer = Stream(token.raw).catalog("loc_downtown")

    assert answer.json()["item_family"][0]["name"] == "Cola"
    assert time.monotonic() - began < 4


def test_a_pull_that_waited_long_enough_builds_without_a_lease(stream, soda, merchant, monkeypatch):
    rename("Cola")
    hours = timezone.now() + timedelta(hours=1)
    CatalogBuild.objects.update(held_until=hours)  # As if a builder renewed it again and again.
    monkeypatch.setattr(snapshots, "PATIENCE_SECONDS", 0.1)

    answer = stream.catalog("loc_downtown")

    assert answer.json()["item_family"][0]["name"] == "Cola"
    assert (
        CatalogBuild.objects.get().held_until == hours
    )  # A build without a lease does not end it.


def test_the_lease_ends_when_the_build_fails(stream, soda, merchant, monkeypatch):
    rename("Cola")
    with monkeypatch.context() as broken:
        broken.setattr(snapshot_builder, "_rendered", _fail)
        with pytest.raises(RuntimeError):
            tasks.refresh(merchant.pk)

    assert CatalogBuild.objects.get().held_until <= timezone.now()
    began = time.monotonic()
    assert stream.catalog("loc_downtown").json()["item_family"][0]["name"] == "Cola"
    assert time.monotonic() - began < 2


def _turn(merchant):
    return build_lease.acquire(merchant.pk, lambda: False, patience_seconds=0, insists=False)


def test_workers_leave_a_build_in_progress_to_the_next_sweep(soda, merchant, builds):
    with _turn(merchant) as lease:
        rename("Cola")
        began = time.monotonic()
        tasks.look_after_catalogs()
        assert time.monotonic() - began < 0.9
        tasks.refresh(merchant.pk)
        assert 0.9 < time.monotonic() - began < 3
        assert lease
    assert builds == []

    tasks.look_after_catalogs()

    assert len(builds) == 1


def _fail(*args):
    raise RuntimeError


def test_the_old_holder_neither_renews_nor_ends_a_lease_taken_over(merchant):
    new_expiry = timezone.now() + timedelta(minutes=1)
    for act in (build_lease.Lease.renew, build_lease.Lease.end):
        with _turn(merchant) as lease:
            CatalogBuild.objects.update(held_until=new_expiry)
            act(lease)

        assert CatalogBuild.objects.get().held_until == new_expiry
        CatalogBuild.objects.all().delete()


def test_a_long_build_keeps_its_lease(merchant):
    with _turn(merchant) as lease:
        first = CatalogBuild.objects.get().held_until
        lease.renew()
        assert CatalogBuild.objects.get().held_until > first

    assert CatalogBuild.objects.get().held_until <= timezone.now()


def test_another_merchants_build_does_not_block(stream, soda, monkeypatch):
    rename("Cola")
    monkeypatch.setattr(snapshots, "PATIENCE_SECONDS", 60)
    with _turn(factories.merchant()):
        assert stream.catalog("loc_downtown").json()["item_family"][0]["name"] == "Cola"


def test_a_catalog_built_meanwhile_is_not_built_again(soda, merchant, builds):
    rename("Cola")
    find_stale = snapshots._out_of_date

    def built_between(target):
        stale = find_stale(target)
        if not builds:
            snapshot_builder.build(target, stale)
        return stale

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "_out_of_date", built_between)
        assert snapshots.refresh(merchant) == 0
    assert len(builds) == 1


@pytest.fixture
def rendered(monkeypatch):
    """Return the list that records each rendering."""
    done, real = [], catalog_serializer.catalog
    monkeypatch.setattr(
        catalog_serializer, "catalog", lambda *args: done.append(args) or real(*args)
    )
    return done


def test_pulls_of_several_locations_with_equal_catalogs_render_it_once(stream, merchant, rendered):
    burger = factories.family(merchant)
    others = [factories.location(merchant, provider_id=f"loc_{n}") for n in range(3)]
    burger.at_locations.create(location=others[2], price_amount=5)

    pulled = [
        stream.catalog(location_id).content for location_id in ("loc_downtown", "loc_0", "loc_1")
    ]

    assert len(rendered) == 1
    assert len(set(pulled)) == 1
    assert stream.catalog("loc_2").json()["item_family"][0]["price_amount"] == 5
    assert len(rendered) == 2


def test_equal_catalogs_of_several_locations_are_rendered_once(merchant, location, rendered):
    burger = factories.family(merchant, provider_id="burger")
    others = [factories.location(merchant) for _ in range(3)]
    for place, price in ((others[0], 5), (others[1], None)):
        # The second overlay equals the menu.
        burger.at_locations.create(location=place, price_amount=price)

    assert snapshots.refresh(merchant) == 4

    assert len(rendered) == 2
    etags = dict(CatalogSnapshot.objects.values_list("location_id", "etag"))
    assert etags[location.pk] == etags[others[1].pk] == etags[others[2].pk]
    assert etags[others[0].pk] != etags[location.pk]


def test_a_waiting_caller_returns_once_the_needed_catalog_is_stored(merchant):
    with _turn(merchant):
        began = time.monotonic()
        with build_lease.acquire(
            merchant.pk, lambda: True, patience_seconds=30, insists=True
        ) as lease:
            assert lease is None
        assert time.monotonic() - began < 5


def test_the_lease_is_not_used_if_the_previous_holder_built_the_catalog(merchant):
    with build_lease.acquire(merchant.pk, lambda: True, patience_seconds=0, insists=True) as lease:
        assert lease is None
