"""A worker that lost its lease, as one does that was frozen, does not send (contract WH)."""

import time
from datetime import timedelta

import pytest
import time_machine

from integration.delivery.jobs import Job
from integration.delivery.lease_keeper import LeaseKeeper
from integration.delivery.worker_pool import DeliveryPool
from integration.models import OutboundEvent
from integration.outbound_http import connections
from integration.webhooks import endpoints
from tests.integration.support.deliveries import NOW, claim


def held_job():
    [event] = claim(1)
    destination = endpoints.destination("stream")
    assert destination is not None
    return Job(event, destination)


def answer_of(job):
    """Send the job through a pool; return its answer, None if it was not sent."""
    pool = DeliveryPool()
    pool.add([job])
    [ended] = pool.gather(5)
    assert ended is job
    return job.answer


@pytest.mark.django_db(transaction=True)
def test_renewed_jobs_may_be_sent_and_those_taken_by_others_may_not(receiver, emit):
    emit("a")
    lost = held_job()
    OutboundEvent.objects.update(leased_until=NOW)
    assert len(claim()) == 1  # By another worker.
    emit("b")
    kept = held_job()
    lost.held_until = kept.held_until = time.monotonic() + 1  # Too little to begin with.
    assert (lost.may_send(), kept.may_send()) == (False, False)

    pool = DeliveryPool()
    pool._queued = {"stream": [lost, kept]}
    LeaseKeeper(pool, list).renew()
    assert (lost.may_send(), kept.may_send()) == (False, True)
    assert kept.held_until > time.monotonic() + 9


@pytest.mark.django_db
def test_a_lease_counts_by_both_clocks(receiver, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        emit()
        job = held_job()
        assert job.may_send()
        clock.shift(timedelta(seconds=-3600))  # The machine's clock was set back.
        assert job.may_send()
        job.held_until = time.monotonic() + 2.9
        assert not job.may_send()
        job.held_until = time.monotonic() + 10
        clock.move_to(NOW + timedelta(seconds=7.1))  # The machine slept.
        assert not job.may_send()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lost_its_lease_does_not_even_connect(receiver, emit, monkeypatch):
    event, tried = emit(), []
    monkeypatch.setattr(connections, "take_idle", tried.append)
    job = held_job()
    job.held_until = time.monotonic() - 1
    assert (answer_of(job), tried) == (None, [])

    [again] = _after_its_lease(event)
    assert (again.pk, again.claim_count, again.attempt_count) == (event.pk, 2, 0)


@pytest.mark.django_db(transaction=True)
def test_a_worker_frozen_while_it_connects_does_not_send(receiver, emit, monkeypatch):
    emit()
    job = held_job()
    real = connections.connect

    def connect(*args):
        opened = real(*args)
        job.held_until = time.monotonic() - 1
        return opened

    monkeypatch.setattr(connections, "connect", connect)
    monkeypatch.setattr(connections, "take_idle", lambda origin: None)
    assert answer_of(job) is None
    assert receiver.received == []


def _after_its_lease(event):
    OutboundEvent.objects.filter(pk=event.pk).update(leased_until=NOW)
    return claim()
