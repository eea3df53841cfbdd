"""The election of the process that runs a round."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integration.clocks import leases
from integration.models import RoundRecord

pytestmark = pytest.mark.django_db
ONE, OTHER = uuid.uuid4(), uuid.uuid4()
NAMES = ["decisions", "sweep"]


@pytest.fixture(autouse=True)
def rows(db):
    leases.create(NAMES)


def _end(name: str) -> None:
    past = timezone.now() - timedelta(seconds=1)
    RoundRecord.objects.filter(pk=name).update(leased_until=past)


def test_one_of_two_processes_gets_the_rounds_and_keeps_them(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert leases.renew(NAMES, holder=ONE) == 2
    assert leases.renew(NAMES, holder=OTHER) == 0
    assert leases.renew(NAMES, holder=ONE) == 2
    assert leases.held(NAMES, holder=ONE) == set(NAMES)
    assert not leases.is_any_free(NAMES)


def test_the_other_takes_over_what_has_ended_and_the_first_stays_out():
    leases.renew(NAMES, holder=ONE)
    _end("decisions")
    assert leases.is_any_free(NAMES)

    assert leases.renew(NAMES, holder=OTHER) == 1
    assert leases.held(NAMES, holder=OTHER) == {"decisions"}
    assert leases.renew(NAMES, holder=ONE) == 1
    assert leases.held(NAMES, holder=ONE) == {"sweep"}


def test_a_beat_is_recorded_with_the_lease_and_without_one():
    leases.renew(["decisions"], beating=["sweep"], holder=ONE)
    beating = RoundRecord.objects.get(pk="sweep")
    assert beating.last_beat_at is not None
    assert (beating.holder, beating.leased_until) == (None, None)
    assert RoundRecord.objects.get(pk="decisions").last_beat_at is None
    leases.renew(["sweep"], beating=["sweep"], holder=OTHER)
    before = RoundRecord.objects.get(pk="sweep").last_beat_at
    assert leases.renew(["sweep"], beating=["sweep"], holder=ONE) == 0
    assert RoundRecord.objects.get(pk="sweep").last_beat_at == before


def test_a_released_round_is_free_at_once():
    leases.renew(NAMES, holder=ONE)
    leases.release("decisions", holder=OTHER)
    assert leases.renew(NAMES, holder=OTHER) == 0

    leases.release("decisions", holder=ONE)
    assert leases.renew(NAMES, holder=OTHER) == 1


def test_a_process_whose_clock_is_ahead_takes_nothing_from_another():
    leases.renew(NAMES, holder=ONE)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert leases.renew(NAMES, holder=OTHER) == 0
