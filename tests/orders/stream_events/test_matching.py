"""Followed orders that are orders of our own: found in either order of arrival (EV)."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order, StreamEvent
from orders.stream_events import matching, repairs
from tests.orders.support.followed_events import confirmation, followed, receive, status
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_walk(monkeypatch):
    monkeypatch.setattr(matching, "_walk", matching._Walk())


def _own(location, **fields):
    values = {
        "identity": uuid.uuid4().hex,
        "source": "uber",
        "dsp_order_id": "D1",
        "state": "in_progress",
        "prep_time_minutes": 20,
        "currency": "usd",
        "subtotal": 1000,
        "total": 1000,
    }
    return Order.objects.create(
        merchant=location.merchant, location=location, **{**values, **fields}
    )


def _confirm(order_id="1", **order):
    receive(confirmation(order_id, reference="loc_downtown", **order))


def test_the_order_that_pos_order_id_names_is_our_own(location):
    own = _own(location, dsp_order_id="other")
    _confirm(pos_order_id=str(own.pk).upper())

    assert followed().own_order == own


def test_an_order_with_the_same_channel_and_id_at_the_location_is_our_own(location):
    own = _own(location, source="Uber")
    _confirm(dsp_order_id="D1", source="uBER")

    assert followed().own_order == own


@pytest.mark.parametrize(
    "sent",
    [
        {"dsp_order_id": "D2"},
        {"dsp_order_id": "D1", "source": "doordash"},
        {"dsp_order_id": ""},
        {"pos_order_id": "D1"},
        {"pos_order_id": str(uuid.uuid4())},
    ],
)
def test_an_order_that_is_named_otherwise_is_not_our_own(location, sent):
    _own(location)
    _own(location, dsp_order_id="", source="")
    _confirm(**sent)

    assert followed().own_order is None


def test_an_order_of_another_merchant_is_never_our_own(location):
    foreign = _own(factories.location(factories.merchant(), provider_id="loc_other"))
    _confirm(pos_order_id=str(foreign.pk), dsp_order_id="D1")

    assert followed().own_order is None


def test_an_order_of_another_location_needs_its_own_id(location):
    own = _own(factories.location(location.merchant, provider_id="loc_second"))
    _confirm("1", dsp_order_id="D1")
    _confirm("2", pos_order_id=str(own.pk))

    assert (followed("1").own_order, followed("2").own_order) == (None, own)


def test_an_order_that_nobody_has_assigned_is_not_matched(location):
    receive(confirmation(pos_order_id=str(_own(location).pk), dsp_order_id="D1"))
    assert followed().own_order is None

    receive(status("1", "in_progress", reference_id="loc_downtown"))
    assert followed().own_order is not None


def test_an_order_of_ours_that_comes_after_the_confirmation_is_found(location):
    _confirm(dsp_order_id="D1")
    assert followed().own_order is None
    own = _own(location)

    repairs.repair()

    assert followed().own_order == own


def test_old_orders_with_the_same_id_are_not_meant(location):
    old = _own(location)
    Order.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    _confirm(dsp_order_id="D1")

    assert followed().own_order is None


def test_every_unmatched_order_of_the_last_hours_is_looked_at_again(location, monkeypatch):
    monkeypatch.setattr(matching, "_EVENTS_AT_ONCE", 2)
    for number in range(7):
        _confirm(str(number), dsp_order_id=f"D{number}")
    for number in range(7):
        _own(location, dsp_order_id=f"D{number}")

    found = [matching.look_again() for _ in range(4)]

    assert sum(found) == 7
    assert all(followed(str(number)).own_order for number in range(7))


def test_orders_of_past_days_are_not_looked_at_again(location):
    _confirm(dsp_order_id="D1")
    StreamEvent.objects.update(received_at=timezone.now() - timedelta(hours=7))
    _own(location)

    assert matching.look_again() == 0
