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


def test_one_of_two_processes_gets_the_round_and_keeps_it():
    assert leases.take("decisions", 3, holder=ONE)
    assert not leases.take("decisions", 3, holder=OTHER)
    assert leases.take("decisions", 3, holder=ONE)
    assert RoundRecord.objects.get().holder == ONE


def test_the_other_takes_over_when_the_lease_has_ended_and_the_first_stays_out():
    leases.take("decisions", 3, holder=ONE)
    RoundRecord.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    assert leases.take("decisions", 3, holder=OTHER)
    assert not leases.take("decisions", 3, holder=ONE)


def test_a_released_round_is_free_at_once():
    leases.take("decisions", 60, holder=ONE)
    leases.release("decisions", holder=OTHER)
    assert not leases.take("decisions", 60, holder=OTHER)

    leases.release("decisions", holder=ONE)
    assert leases.take("decisions", 60, holder=OTHER)


def test_a_process_whose_clock_is_ahead_takes_nothing_from_another():
    leases.take("decisions", 3, holder=ONE)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert not leases.take("decisions", 3, holder=OTHER)
