"""The keeper: takes what is free, keeps it with one statement, and loses what stood still."""

import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from integration.clocks import heartbeat, keeper, leases
from integration.clocks.keeper import Keeper
from integration.clocks.registry import Round
from integration.models import RoundRecord

pytestmark = pytest.mark.django_db
FAST = Round("fast", lambda: None, "", every_seconds=1, is_watched=True)
HOURLY = Round("hourly", lambda: None, "", every_seconds=3600)
EVERYWHERE = Round("everywhere", lambda: None, "", 1, is_elected=False, is_watched=True)
OTHER = uuid.uuid4()


@pytest.fixture
def taken():
    return []


@pytest.fixture
def ours(taken):
    keeping = Keeper([FAST, HOURLY, EVERYWHERE], taken.append)
    keeping.keep()
    yield keeping
    heartbeat._last.clear()
    heartbeat._running.clear()
    heartbeat._thread.run = None


def _freeze(keeping: Keeper) -> None:
    """Let the process find itself after a pause longer than its leases."""
    keeping._until = 0.0
    RoundRecord.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def test_free_rounds_are_taken_and_their_threads_woken(ours, taken):
    assert sorted(taken) == ["fast", "hourly"]
    assert ours.holds("fast")
    assert ours.holds("hourly")
    assert not ours.holds("everywhere")


def test_an_idle_process_sends_one_statement_per_renewal(
    ours, monkeypatch, django_assert_num_queries
):
    with django_assert_num_queries(0):
        ours.keep()
    monkeypatch.setattr(keeper, "RENEW_SECONDS", 0.0)
    for name in ("fast", "hourly", "everywhere"):
        heartbeat.beat(name)
    with django_assert_num_queries(1):
        ours.keep()
    assert RoundRecord.objects.exclude(last_beat_at=None).count() == 3


def test_the_first_run_of_a_new_holder_is_recorded_without_waiting(ours):
    heartbeat.beat("fast")
    ours.keep()
    assert RoundRecord.objects.get(pk="fast").last_beat_at is not None


def test_another_process_reads_until_something_is_free(ours, django_assert_num_queries):
    taken_by_other: list[str] = []
    other = Keeper([FAST, HOURLY], taken_by_other.append, holder=OTHER)
    other.keep()
    with django_assert_num_queries(1) as queries:
        other.keep()
    assert queries[0]["sql"].startswith("SELECT")
    assert taken_by_other == []

    _freeze(ours)
    other.keep()
    assert sorted(taken_by_other) == ["fast", "hourly"]


def test_a_thawed_run_stops_at_its_next_step(ours):
    heartbeat.begin("hourly", ours.confirms)
    heartbeat.step()
    _freeze(ours)
    Keeper([HOURLY], print, holder=OTHER).keep()
    with pytest.raises(heartbeat.LeaseLost):
        heartbeat.step()
    assert leases.held(["hourly"], holder=OTHER) == {"hourly"}


def test_a_thawed_run_goes_on_if_nobody_took_over(ours):
    heartbeat.begin("hourly", ours.confirms)
    _freeze(ours)
    heartbeat.step()
    assert ours.holds("hourly")


@pytest.mark.parametrize(("one", "seconds"), [(FAST, 5.0), (HOURLY, 60.0)])
def test_a_run_that_hangs_loses_its_lease(ours, monkeypatch, one, seconds):
    monkeypatch.setattr(keeper, "RENEW_SECONDS", 0.0)
    heartbeat.begin(one.name, ours.confirms)
    heartbeat._last[one.name] = time.monotonic() - seconds + 1
    ours.keep()
    assert ours.holds(one.name)
    heartbeat._last[one.name] = time.monotonic() - seconds - 1
    ours.keep()
    assert not ours.holds(one.name)


def test_a_round_that_was_given_up_is_free_and_is_not_taken_again(ours, monkeypatch):
    monkeypatch.setattr(keeper, "RENEW_SECONDS", 0.0)
    ours.give_up("fast")
    ours.keep()
    assert leases.is_any_free(["fast"])
    assert not ours.holds("fast")
