"""A driver's name and number are erased in the list, in ended orders, histories and events."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from integration.models import DeliveryAttempt, OutboundEvent
from orders.models import Driver, DriverAssignment, FollowedOrder, Order
from orders.privacy import drivers
from orders.privacy.details import StillOpen
from orders.states import State
from tests.orders.support import stream_orders
from tests.orders.support.deferred_orders import pending
from tests.orders.support.drivers import driver
from tests.orders.support.followed_secrets import assigned, dashiell
from tests.orders.support.other_pos_orders import completed
from tests.orders.support.personal_data import (
    DRIVER,
    LATER,
    NOW,
    erase_by_the_clock,
    everything,
    now,
)
from tests.orders.support.personal_data import secrets_in as found_in
from tests.support import factories

__all__ = ["now"]  # Fixtures.

GONE = {"is_active": False, "deactivated_at": NOW}


def secrets_in_database() -> list[str]:
    return found_in(everything())


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("erase_personal_data", *arguments, stdout=out)
    return out.getvalue().strip()


def keep_orders() -> None:
    """Have the orders changed so late that only the driver is due."""
    Order.objects.update(updated_at=LATER)
    FollowedOrder.objects.update(updated_at=LATER)


def test_a_driver_is_erased_everywhere_after_the_retention_period(location):
    gone = dashiell(location.merchant, **GONE, code="12")
    assigned(gone, pending(location, state=State.COMPLETED, customer_name="Ann"))
    assigned(gone, completed(location, NOW, customer_name="Bea"), delivered_at=NOW)
    keep_orders()
    assert secrets_in_database() == ["Dashiell", "3125550142"]
    erase_by_the_clock()
    assert secrets_in_database() == []
    gone.refresh_from_db()
    assert (gone.name, gone.phone, gone.code, gone.erased_at) == ("", "", "", LATER)
    order, other = Order.objects.get(), FollowedOrder.objects.get()
    assert (order.driver, order.customer_name, other.customer_name) == ({}, "Ann", "Bea")
    for history in (order.history, other.history):
        assert [entry.details for entry in history.all()] == [{"by": "Pat Owner"}]
    assert set(OutboundEvent.objects.values_list("body", flat=True)) == {""}
    assert set(DeliveryAttempt.objects.values_list("excerpt", flat=True)) == {""}
    assert DriverAssignment.objects.filter(driver=gone).count() == 2


@pytest.mark.parametrize("column", ["assigned_at", "out_at", "delivered_at", "replaced_at"])
def test_a_driver_with_a_delivery_since_then_stays(location, column):
    gone = dashiell(location.merchant, **GONE)
    assigned(gone, completed(location, NOW))
    DriverAssignment.objects.update(**{column: NOW + timedelta(days=1)})
    erase_by_the_clock()
    gone.refresh_from_db()
    assert gone.name == "Dashiell"


@pytest.mark.parametrize(
    "fields", [{}, {"is_active": False, "deactivated_at": NOW + timedelta(days=2)}]
)
def test_an_active_driver_and_one_deactivated_lately_stay(merchant, fields):
    dashiell(merchant, **fields)
    erase_by_the_clock()
    assert Driver.objects.get().name == "Dashiell"


def test_open_orders_keep_their_driver(location):
    gone = dashiell(location.merchant, **GONE)
    assigned(gone, pending(location, state=State.OUT_FOR_DELIVERY))
    assigned(
        gone, completed(location, NOW, ended_at=None, due_at=LATER, dsp_order_number="F-2")
    )  # fmt: skip
    keep_orders()
    erase_by_the_clock()
    gone.refresh_from_db()
    assert gone.name == ""
    assert Order.objects.get().driver["name"] == "Dashiell"
    histories = [Order.objects.get().history, FollowedOrder.objects.get().history]
    assert [history.get().details["driver"] for history in histories] == ["Dashiell"] * 2
    assert OutboundEvent.objects.filter(body__contains="+13125550142").count() == 2


def test_the_driver_who_took_over_stays(location):
    gone, other = dashiell(location.merchant, **GONE), driver(location.merchant, "Olive")
    order = pending(location, state=State.COMPLETED)
    assigned(gone, order, replaced_at=NOW)
    assigned(other, order)
    keep_orders()
    erase_by_the_clock()
    assert secrets_in_database() == []
    order.refresh_from_db()
    assert order.driver["name"] == "Olive"
    assert [entry.details.get("driver") for entry in order.history.all()] == [None, "Olive"]
    bodies = list(OutboundEvent.objects.order_by("pk").values_list("body", flat=True))
    assert [("Olive" in body) for body in bodies] == [False, True]


def test_several_drivers_may_be_erased(merchant):
    for name in ("Dashiell", "Olive"):
        driver(merchant, name, **GONE)
    erase_by_the_clock()
    assert Driver.objects.filter(name="", phone="", erased_at=LATER).count() == 2


# On request.


@pytest.mark.parametrize("phone", ["+13125550142", "(312) 555-0142"])
def test_the_command_erases_a_driver(location, phone):
    gone = dashiell(location.merchant, **GONE)
    assigned(gone, pending(location, state=State.COMPLETED), delivered_at=NOW)
    assigned(gone, completed(location, NOW), delivered_at=NOW)
    assert run("--driver-phone", phone) == (
        "Erased the personal data of 1 drivers, and of the driver of 0 other orders."
    )
    assert secrets_in_database() == []


def test_the_command_erases_a_driver_of_streams(stream, menu, location):
    assert stream.order(**stream_orders.order(source="uber")).status_code == 200
    order = Order.objects.get()
    stream.event("order.updated", order_id=str(order.pk), driver_details=DRIVER)
    with pytest.raises(CommandError) as refused:
        run("--driver-phone", "3125550142")
    assert "Complete or cancel it first." in str(refused.value)
    Order.objects.update(state=State.COMPLETED)
    assert run("--driver-phone", "3125550142") == (
        "Erased the personal data of 0 drivers, and of the driver of 1 other orders."
    )
    assert secrets_in_database() == []
    assert Order.objects.get().erased_at is None


def test_the_command_erases_drivers_of_one_merchant_only(merchant):
    casa = factories.merchant(name="Casa Verde")
    dashiell(merchant, **GONE)
    theirs = dashiell(casa, **GONE)
    run("--driver-phone", "3125550142", "--merchant", merchant.provider_id)
    assert Driver.objects.get(erased_at=None) == theirs


def test_an_active_driver_says_what_to_do_first(merchant):
    active = dashiell(merchant)
    with pytest.raises(CommandError) as refused:
        run("--driver-phone", "3125550142")
    assert f"{active.pk}: The driver is still active. Deactivate them first." in str(refused.value)
    assert Driver.objects.get().name == "Dashiell"


@pytest.mark.parametrize("is_own", [True, False])
def test_a_driver_with_open_deliveries_says_what_to_do_first(location, is_own):
    gone = dashiell(location.merchant, **GONE)
    order = pending(location) if is_own else completed(location, NOW, ended_at=None)
    assigned(gone, order)
    with pytest.raises(StillOpen, match="open deliveries"):
        drivers.erase_driver(gone.pk)
    DriverAssignment.objects.update(replaced_at=NOW)
    assert drivers.erase_driver(gone.pk)
    assert not drivers.erase_driver(gone.pk)
