"""Divided endpoints: one merchant's events hold up no other's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integration.delivery import leases
from integration.delivery.jobs import Job
from integration.delivery.worker_pool import DeliveryPool
from integration.models import OutboundEvent
from integration.webhooks import endpoints
from integration.webhooks.endpoints import Destination, Rules
from tests.support import factories

pytestmark = pytest.mark.django_db
NAME = "divided"
HERE = Destination("http://127.0.0.1:1/", ("secret",))


@pytest.fixture(autouse=True)
def divided(monkeypatch):
    monkeypatch.setitem(endpoints._rules, NAME, Rules(is_divided=True))


def _events(merchant, count):
    overdue = timezone.now() - timedelta(minutes=1)
    return OutboundEvent.objects.bulk_create(
        OutboundEvent(
            merchant=merchant, endpoint=NAME, location_id="str_1", event_type="new_order",
            ordering_key=f"{merchant.pk}/{number}", body="{}", due_at=overdue,
        )
        for number in range(count)
    )  # fmt: skip


def test_a_long_queue_of_one_merchant_leaves_room_for_the_others(merchant):
    other = factories.merchant(name="Elsewhere")
    _events(merchant, 20)
    _events(other, 2)
    held = leases.claim_divided(NAME, 10, lambda merchant_id: 4)
    assert [event.merchant_id for event in held] == [merchant.pk] * 4 + [other.pk] * 2
    full = leases.claim_divided(NAME, 10, lambda merchant_id: 4 * (merchant_id == other.pk))
    assert full == []
    assert len(leases.claim_divided(NAME, 3, lambda merchant_id: 4)) == 3


def test_only_the_first_event_of_each_key_is_claimed(merchant):
    first, second = _events(merchant, 2)
    OutboundEvent.objects.update(ordering_key="same")
    assert leases.claim_divided(NAME, 10, lambda merchant_id: 4) == [first]
    assert leases.claim_divided(NAME, 10, lambda merchant_id: 4, excluding=[second.pk]) == []


def test_a_merchant_that_hangs_has_a_few_threads(merchant, monkeypatch, settings):
    settings.WEBHOOK_CONNECTIONS = 32
    begun = []
    pool = DeliveryPool()
    monkeypatch.setattr(pool._pool, "submit", lambda work, job: begun.append(job))
    other = factories.merchant(name="Elsewhere")
    pool.add(Job(event, HERE) for event in _events(merchant, 20))
    assert len(begun) == 8
    assert pool.room_of_merchant(NAME, merchant.pk) == -4
    for job in begun:
        job.began -= 3
    pool.add(Job(event, HERE) for event in _events(other, 20))
    assert [job.event.merchant_id for job in begun[8:]] == [other.pk] * 8
    assert pool.room_of_merchant(NAME, merchant.pk) == 2 * 2 - 20
    assert pool.room("stream") == 64  # Of the other receivers, each has its own share.
