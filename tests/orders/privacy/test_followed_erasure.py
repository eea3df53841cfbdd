"""Personal data of followed orders is erased in the order, its history and the archive."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integration.models import OutboundEvent
from integration.webhooks import redaction
from orders.models import FollowedEvent, FollowedOrder, Order, StreamEvent
from orders.privacy import batches, erasure
from orders.privacy.details import HISTORY_TEXT, StillOpen
from orders.states import State
from tests.orders.support.deferred_orders import pending
from tests.orders.support.followed_secrets import (
    KEPT,
    assigned,
    dashiell,
    secret_order,
    stream_event,
)
from tests.orders.support.personal_data import LATER, NOW, erase_by_the_clock, everything, now
from tests.orders.support.personal_data import secrets_in as found_in
from tests.support import factories

__all__ = ["now"]  # Fixtures.

OPEN: dict[str, Any] = {"ended_at": None, "status": "in_progress"}
OF_CUSTOMER = [
    "Annabel", "Leigh", "5125550199", "Rosewood", "nut allergy", "gate code", "candle",
    "his sister rang",
]  # fmt: skip


def secrets_in_database() -> list[str]:
    return found_in(everything())


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("erase_personal_data", *arguments, stdout=out)
    return out.getvalue().strip()


def test_no_personal_data_is_left_after_the_retention_period(location):
    order = secret_order(location)
    assigned(dashiell(location.merchant, is_active=True), order)
    assert secrets_in_database() == [*OF_CUSTOMER[:7], "Dashiell", "3125550142", OF_CUSTOMER[7]]
    erase_by_the_clock()
    assert secrets_in_database() == ["Dashiell", "3125550142"]  # In the list of drivers only.
    order.refresh_from_db()
    assert (order.customer_phone_code, order.erased_at) == ("", LATER)
    assert order.details == KEPT
    assert (order.subtotal, order.tax, order.total) == (1000, 80, 1250)
    history = [(entry.what, entry.details) for entry in order.history.all()]
    assert history == [
        ("Status changed", {"status": "completed"}),
        ("Noted", {"by": "Pat Owner"}),
        ("Driver assigned", {"by": "Pat Owner"}),
        (HISTORY_TEXT, {"why": "kept for 90 days"}),
    ]
    event = StreamEvent.objects.get()
    assert (bytes(event.body), event.content, event.erased_at) == (b"", f"{1:064}", LATER)
    assert OutboundEvent.objects.get().body == ""


@pytest.mark.parametrize("days", [80, 900])
def test_an_open_followed_order_stays(location, days):
    secret_order(location, **OPEN)
    erase_by_the_clock(NOW + timedelta(days=days))
    assert secrets_in_database() == OF_CUSTOMER


def test_retention_starts_at_the_end_and_at_the_last_change(location, settings):
    settings.PERSONAL_DATA_DAYS = 10
    secret_order(location, ended_at=NOW + timedelta(days=5))
    erase_by_the_clock(NOW + timedelta(days=15))
    assert FollowedOrder.objects.get().erased_at is None
    FollowedOrder.objects.update(updated_at=NOW + timedelta(days=8))
    erase_by_the_clock(NOW + timedelta(days=18))
    assert FollowedOrder.objects.get().erased_at is None
    erase_by_the_clock(NOW + timedelta(days=18, seconds=1))
    assert FollowedOrder.objects.get().customer_name == ""


def test_nothing_is_erased_where_it_is_kept_for_ever(location, settings):
    settings.PERSONAL_DATA_DAYS = 0
    secret_order(location)
    erase_by_the_clock(NOW + timedelta(days=900))
    assert secrets_in_database() == OF_CUSTOMER


def test_an_order_that_nobody_assigned_is_erased_too(db):
    secret_order(None)
    erase_by_the_clock()
    assert secrets_in_database() == []


@pytest.mark.parametrize("outcome", ["unknown_type", "unreadable", "waiting", "noted"])
def test_old_events_without_an_order_are_erased(db, outcome):
    stream_event(1, outcome=outcome)
    stream_event(2, outcome=outcome, received_at=NOW + timedelta(days=2))
    erase_by_the_clock()
    assert [bytes(event.body) == b"" for event in StreamEvent.objects.order_by("pk")] == [
        True, False,
    ]  # fmt: skip


def test_an_event_that_was_not_processed_yet_stays(location):
    stream_event(1, outcome="received")
    stream_event(2, secret_order(location, 3, **OPEN))
    erase_by_the_clock()
    assert StreamEvent.objects.filter(erased_at=None).count() == 3


def test_a_late_event_with_a_body_is_erased_by_the_clock_at_last(location):
    order = secret_order(location)
    erase_by_the_clock()
    stream_event(2, order, received_at=LATER)
    erase_by_the_clock(LATER + timedelta(days=91))
    assert secrets_in_database() == []


def test_a_run_is_bounded_and_the_next_one_continues(location, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    monkeypatch.setattr(batches, "MAX_PER_RUN", 4)
    for number in range(5):
        secret_order(location, number)
        stream_event(100 + number)

    def left() -> tuple[int, int]:
        return (
            FollowedOrder.objects.filter(erased_at=None).count(),
            StreamEvent.objects.filter(erased_at=None, followed=None).count(),
        )

    erase_by_the_clock()
    assert left() == (1, 1)
    erase_by_the_clock()
    assert left() == (0, 0)
    assert FollowedEvent.objects.filter(what=HISTORY_TEXT).count() == 5


def test_many_followed_orders_need_no_more_queries(location):
    counts = []
    for many in (2, 30):
        for number in range(many):
            secret_order(location, 100 * many + number)
        with time_machine.travel(LATER, tick=False), CaptureQueriesContext(connection) as queries:
            assert erasure.erase_due(LATER - timedelta(days=90), "test").followed == many
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Our own order that is also a followed one.


def test_erasing_our_own_order_erases_what_stream_confirmed_of_it(location, owner):
    own = pending(location, state=State.COMPLETED, customer_name="Annabel")
    secret_order(location, own_order=own, **OPEN)
    assert erasure.erase_order(own.pk, by=owner)
    assert secrets_in_database() == []
    entry = FollowedEvent.objects.get(what=HISTORY_TEXT)
    assert (entry.actor, entry.details) == ("staff", {"by": owner.get_full_name()})


def test_erasing_a_followed_order_erases_our_own_order_that_it_is(location):
    own = pending(location, state=State.COMPLETED, customer_name="Annabel")
    order = secret_order(location, own_order=own)
    assert erasure.erase_followed(order.pk, by=None)
    assert secrets_in_database() == []
    assert Order.objects.get().erased_at == NOW
    assert not erasure.erase_followed(order.pk, by=None)


def test_our_own_open_order_keeps_its_followed_one(location):
    own = pending(location, state=State.IN_PROGRESS, customer_name="Annabel")
    order = secret_order(location, own_order=own)
    with pytest.raises(StillOpen):
        erasure.erase_followed(order.pk, by=None)
    assert secrets_in_database() == OF_CUSTOMER


# On request.


def test_a_followed_order_is_open_until_a_day_after_it_was_due(location):
    order = secret_order(location, due_at=NOW + timedelta(hours=2), **OPEN)
    just_before = NOW + timedelta(hours=26) - timedelta(seconds=1)
    with (
        time_machine.travel(just_before, tick=False),
        pytest.raises(StillOpen, match="a day after it was due"),
    ):
        erasure.erase_followed(order.pk, by=None)
    with time_machine.travel(NOW + timedelta(hours=26), tick=False):
        assert erasure.erase_followed(order.pk, by=None)
    assert secrets_in_database() == []


def test_an_order_with_an_undelivered_event_is_not_erased_on_request(location):
    order = secret_order(location)
    event = assigned(dashiell(location.merchant), order)
    OutboundEvent.objects.filter(pk=event.pk).update(state="waiting", finished_at=None)
    with pytest.raises(redaction.StillWaiting):
        erasure.erase_followed(order.pk, by=None)
    assert "Annabel" in secrets_in_database()
    erase_by_the_clock()
    event.refresh_from_db()
    assert (event.state, event.ending, event.body) == ("failed", "stopped", "")


def test_the_command_erases_one_followed_order(location):
    order = secret_order(location)
    assert run("--order", str(order.pk)) == "Erased the personal data of the order."
    assert secrets_in_database() == []
    assert run("--order", str(order.pk)) == "The order's personal data was already erased."


@pytest.mark.parametrize("phone", ["+15125550199", "(512) 555-0199", "1-512-555-0199"])
def test_the_command_erases_the_followed_orders_of_a_customer(location, phone):
    secret_order(location)
    stream_event(2, outcome="unreadable")
    stream_event(3, outcome="received")
    stream_event(4, outcome="unreadable", body=b'{"phone": "+1 512 555 0100"}')
    assert run("--customer-phone", phone) == (
        "Erased the personal data of 0 orders, 1 orders in other POSs and 1 other events."
    )
    left = StreamEvent.objects.filter(erased_at=None).values_list("content", flat=True)
    assert sorted(left) == [f"{3:064}", f"{4:064}"]


def test_the_command_erases_at_one_merchant_only(location):
    casa = factories.location(factories.merchant(name="Casa Verde"), name="Casa Uno")
    secret_order(location)
    theirs = secret_order(casa, 2)
    nobodys = secret_order(None, 3)
    output = run(
        "--customer-phone", "5125550199", "--merchant", location.merchant.provider_id
    )  # fmt: skip
    assert output == (
        "Erased the personal data of 0 orders, 1 orders in other POSs and 0 other events."
    )
    left = FollowedOrder.objects.filter(erased_at=None)
    assert {order.pk for order in left} == {theirs.pk, nobodys.pk}


def test_the_command_lists_open_followed_orders(location):
    order = secret_order(location, **OPEN)
    with pytest.raises(CommandError) as refused:
        run("--customer-phone", "5125550199")
    assert "0 orders in other POSs" in str(refused.value)
    assert f"{order.pk}: uber F-1 is still open" in str(refused.value)
