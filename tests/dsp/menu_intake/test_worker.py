"""Workers take menus in threads of their own, under leases that are renewed."""

import pytest

from dsp import tasks
from dsp.menu_intake import queue, reading, worker
from dsp.menu_intake.lease_keeper import LeaseKeeper
from dsp.models import ReceivedMenu
from integration.clocks import registry
from tests.dsp.menus.files import example
from tests.support.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


def _ended(menu):
    menu.refresh_from_db()
    return menu.verdict != ReceivedMenu.Verdict.WAITING


def _all_free():
    return worker._places._value == worker._AT_ONCE


def test_a_woken_worker_takes_what_is_due_and_is_free_again(publisher, woken, monkeypatch):
    renewals = []
    plain, renew = reading.read, queue.renew
    monkeypatch.setattr(queue, "renew", lambda menu: renewals.append(menu) or renew(menu))
    monkeypatch.setattr(LeaseKeeper, "EVERY_SECONDS", 0.02)

    def read_slowly(packed_file, base):
        until(lambda: renewals, 10)
        return plain(packed_file, base)

    monkeypatch.setattr(reading, "read", read_slowly)
    menu = publisher.announce(example(1))
    assert ("dsp.tasks.take_menus",) in woken
    assert [one.name for one in registry.woken_by("dsp.tasks.take_menus")] == ["channel menus"]
    tasks.take_menus()
    until(lambda: _ended(menu), 20)
    assert (menu.verdict, menu.attempt_count) == ("live", 1)
    until(_all_free, 10)


def test_a_worker_drops_a_file_that_a_later_publish_made_useless(publisher, monkeypatch):
    monkeypatch.setattr(LeaseKeeper, "EVERY_SECONDS", 0.02)
    older = publisher.announce(example(1))
    held = queue.claim()
    with LeaseKeeper(held) as lease:
        assert not lease.is_lost()
        publisher.announce(example(1))
        until(lease.is_lost, 10)
    older.refresh_from_db()
    assert older.verdict == "superseded"


def test_without_a_menu_a_worker_looks_with_one_query(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert worker.take_due() == 0
    assert _all_free()
