"""The restaurant's own driver: stored, in the history, and reported to Stream (contract WH)."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from catalog import models
from catalog.locations import connection
from integration import phone_numbers
from integration.models import OutboundEvent
from orders.dispatch import driver_assignment
from orders.models import Driver, Order
from orders.states import State
from sandbox.checks.webhook_checks import webhook_problems
from tests.orders.support.deferred_orders import history, order
from tests.orders.support.deliveries import driver
from tests.support import factories

__all__ = ["order"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "events_assign_driver.json"
SAM = {"name": "Sam", "phone": "512.555.0100", "code": "7"}


@pytest.fixture
def going(order: Order) -> Order:
    Order.objects.update(state=State.IN_PROGRESS, fulfillment_type="merchant_managed_delivery")
    order.refresh_from_db()
    return order


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def address(of: Any) -> str:
    return f"/board/orders/{getattr(of, 'pk', of)}/driver/"


def sent() -> list[dict]:
    return [json.loads(event.body) for event in OutboundEvent.objects.order_by("pk")]


def shape(value: Any) -> Any:
    """Return the nested keys with the types of their values."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    return type(value).__name__


def test_the_driver_is_stored_and_sent_as_stream_publishes_it(client, going):
    answer = client.post(address(going), SAM, follow=True)

    assert "Sam delivers it." in answer.content.decode()
    going.refresh_from_db()
    assert going.driver == {"name": "Sam", "phone": {"number": "+15125550100", "code": "7"}}
    assert history(going) == [
        ("staff", "Driver assigned", "in_progress", {"by": "Pat Owner", "driver": "Sam"})
    ]
    assert sent() == [
        {
            "type": "order.assign.driver",
            "object": {
                "location_id": "loc_downtown",
                "order_id": str(going.pk),
                "driver": {"name": "Sam", "phone": {"number": "+15125550100", "code": "7"}},
            },
        }
    ]
    assert shape(sent()[0]) == shape(json.loads(EXAMPLE.read_text()))
    assert webhook_problems(sent()[0]) == ()
    assert OutboundEvent.objects.get().ordering_key == f"order/{going.pk}"


def test_another_driver_is_sent_again_but_not_the_same_one(client, going):
    client.post(address(going), SAM)
    same = client.post(address(going), SAM, follow=True)
    assert "Sam is already the driver." in same.content.decode()
    client.post(address(going), {"name": "Alex", "phone": "+1 512 555 0111"})
    assert [event["object"]["driver"]["name"] for event in sent()] == ["Sam", "Alex"]
    assert len(history(going)) == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"phone": "123"}, "Write the phone number with its country code"),
        ({"phone": ""}, "This field is required"),
        ({"phone": "+1 512 555 0100; drop"}, "with its country code"),
        ({"phone": "9" * 41}, "at most 40 characters"),
        ({"name": " "}, "This field is required"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "S\0"}, "Null characters are not allowed"),
        ({"code": "12a"}, "Enter up to ten digits"),
        ({"code": "1\n"}, ""),
    ],
)
def test_an_invalid_form_changes_nothing_and_names_the_problem(client, going, fields, message):
    answer = client.post(address(going), SAM | fields)
    if not message:
        assert answer.status_code == 302  # Surrounding blanks are ignored.
        return
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert sent() == []


@pytest.mark.parametrize("state", ["completed", "dsp_canceled", "rejected"])
def test_an_ended_order_takes_no_driver(client, going, state):
    Order.objects.update(state=state)
    assert "You cannot assign a driver" in client.get(address(going)).content.decode()
    assert "This order is over" in client.post(address(going), SAM, follow=True).content.decode()
    assert sent() == []


def test_an_order_that_others_deliver_takes_no_driver(client, going):
    Order.objects.update(fulfillment_type="delivery")
    answer = client.post(address(going), SAM, follow=True).content.decode()
    assert "Only an order that the restaurant delivers itself" in answer
    assert sent() == []


def test_nothing_is_sent_if_disconnected_or_unknown_to_stream(client, going):
    connection.disconnect(models.Location.objects.all())
    client.post(address(going), SAM)
    models.Location.objects.update(is_connected=True)
    Order.objects.update(is_in_store=True)
    client.post(address(going), {"name": "Alex", "phone": "+1 512 555 0111"})
    going.refresh_from_db()
    assert going.driver["name"] == "Alex"
    assert sent() == []


@pytest.mark.parametrize(
    ("next_page", "goes_to"),
    [("/admin/orders/order/", "/admin/orders/order/"), ("https://evil.example/", None),
     ("//evil.example", None), ("javascript:alert(1)", None)],
)  # fmt: skip
def test_it_redirects_to_pages_of_ours_only(client, going, next_page, goes_to):
    answer = client.post(address(going), {**SAM, "next": next_page})
    assert answer["Location"] == (goes_to or address(going))
    assert "evil" not in client.get(address(going), {"next": next_page}).content.decode()


def test_the_orders_page_links_to_it(client, going):
    page = f"/admin/orders/order/{going.pk}/change/"
    assert f"{address(going)}?next={page}" in client.get(page).content.decode()
    Order.objects.update(fulfillment_type="pickup")
    assert address(going) not in client.get(page).content.decode()


def test_a_database_conflict_is_shown_as_a_message(client, going, monkeypatch):
    class Deadlock(Exception):
        sqlstate = "40P01"

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError from Deadlock()

    monkeypatch.setattr(driver_assignment, "assign", fail)
    answer = client.post(address(going), SAM, follow=True)
    assert answer.redirect_chain == [(address(going), 302)]
    assert "Nothing was saved" in answer.content.decode()


def test_an_order_that_is_gone_raises_does_not_exist(owner, merchant, going):
    person = driver(merchant)
    Order.objects.all().delete()
    with pytest.raises(Order.DoesNotExist):
        driver_assignment.assign([going], person, by=owner)


def test_a_driver_of_the_list_is_chosen_and_the_present_one_preselected(client, merchant, going):
    sam, alex = driver(merchant), driver(merchant, "Alex", "+15125550111")
    client.post(address(going), {"driver": sam.pk})
    shown = client.get(address(going)).content.decode()
    assert f'<option value="{sam.pk}" selected>Sam</option>' in shown
    assert f'<option value="{alex.pk}">Alex</option>' in shown
    assert sent()[0]["object"]["driver"]["phone"] == {"number": "+15125550100", "code": ""}


def test_a_new_driver_joins_the_list_once(client, merchant, going):
    client.post(address(going), SAM)
    client.post(address(going), {**SAM, "name": "sam"})
    assert list(merchant.drivers.values_list("name", "phone", "code")) == [
        ("Sam", "+15125550100", "7")
    ]


@pytest.mark.parametrize(
    ("is_active", "message"),
    [(True, "belongs to Alex, who is in the list"), (False, "Alex, who is deactivated")],
)
def test_a_number_of_another_driver_is_refused(client, merchant, going, is_active, message):
    Driver.objects.create(
        merchant=merchant, name="Alex", phone="+15125550100", code="7", is_active=is_active
    )
    answer = client.post(address(going), SAM)
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert sent() == []


def test_drivers_of_others_and_deactivated_ones_cannot_be_chosen(client, merchant, going):
    foreign = driver(factories.merchant())
    gone = driver(merchant, "Alex")
    Driver.objects.filter(pk=gone.pk).update(is_active=False)
    for person in (foreign, gone):
        answer = client.post(address(going), {"driver": person.pk})
        assert answer.status_code == 400
    assert sent() == []


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("+1 (512) 555-0100", "", "+15125550100"),
        ("512 555 0100", "USA", "+15125550100"),
        ("1 512 555 0100", "us", "+15125550100"),
        ("0049 30 1234567", "Germany", "+49301234567"),
        ("+49 30/123 45 67", "USA", "+49301234567"),
        ("030 1234567", "Germany", None),
        ("112 555 0100", "USA", None),
        ("555 0100", "USA", None),
        ("+0123456789", "", None),
        ("+1234567890123456", "", None),
        ("٠١٢٣٤٥٦٧٨٩", "USA", None),
        ("", "USA", None),
    ],
)
def test_phone_numbers_are_normalized_to_e164(text, country, expected):
    if expected is None:
        with pytest.raises(phone_numbers.InvalidPhoneNumber):
            phone_numbers.normalize(text, country=country)
    else:
        assert phone_numbers.normalize(text, country=country) == expected
