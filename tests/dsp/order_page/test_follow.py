"""The page of a placed order: its states, its secrecy, and how it refreshes itself."""

from datetime import timedelta

import pytest

from dsp.models import ChannelOrder, ChannelOrderEvent, Refund
from tests.dsp.support.channel import new_store
from tests.dsp.support.menus import NOON
from tests.support import factories

from .guest import ORDER, Guest

pytestmark = pytest.mark.django_db
State = ChannelOrder.State


@pytest.fixture
def order(guest: Guest) -> ChannelOrder:
    guest.place()
    return ChannelOrder.objects.get()


def move(order: ChannelOrder, state: str, **fields: object) -> None:
    """Put the order into a state as the events of Stream do."""
    ChannelOrder.objects.filter(pk=order.pk).update(state=state, **fields)
    at = NOON + timedelta(minutes=5)
    detail = {"detail": "In English.", "staff_detail": "For staff."}
    ChannelOrderEvent.objects.create(order=order, state=state, actor="stream", at=at, **detail)


@pytest.mark.parametrize(
    ("state", "fields", "said"),
    [
        ("sent", {}, "Waiting for the restaurant Ready at about 12:15 PM"),
        ("unconfirmed", {}, "This takes longer than usual. Nothing is lost; we keep asking."),
        (
            "accepted",
            {"ready_at": NOON + timedelta(minutes=40)},
            "The restaurant is making your order Ready at about 12:40 PM"
            " Say your number at the window and pay there."
            " So far 12:00 PM Ordered 12:05 PM Accepted",
        ),
        (
            "ready_for_pickup",
            {},
            "Your order is ready Drive to the window, say your number and pay there.",
        ),
        ("completed", {}, "Done. Enjoy your meal!"),
        (
            "failed",
            {"failure_reason": "items_unavailable", "failure_message": "Fryer broke"},
            "The restaurant could not take your order"
            " Something in it is sold out. Please choose again.",
        ),
        ("canceled", {}, "The restaurant canceled your order You have nothing to pay."),
        ("given_up", {}, "The restaurant did not answer, so the order is canceled"),
    ],
)
def test_each_state_is_said_in_plain_words(guest, order, state, fields, said):
    move(order, state, **fields)
    guest.open(guest.address)
    assert said in guest.text
    for staffs in ("In English.", "For staff.", "Fryer broke", "Ann Lee", "512"):
        assert staffs not in guest.text


def test_money_that_comes_back_is_said(guest, order):
    move(order, State.FAILED, failure_reason="unknown")
    refund = Refund.objects.create(order=order, amount=977, currency="usd", reason="unknown")
    guest.open(guest.address)
    assert "You get $9.77 back. We are seeing to it." in guest.text
    Refund.objects.filter(pk=refund.pk).update(state="done")
    guest.open(guest.address)
    assert "$9.77 is on its way back to you." in guest.text


def test_a_guest_cancels_while_they_may(guest, order):
    address = guest.address
    guest.send(guest.form("/cancel/"))
    assert guest.address == address
    assert "You canceled this order You have nothing to pay." in guest.text
    assert "Canceled by you" in guest.text
    assert "Yes, cancel it" not in guest.text
    order.refresh_from_db()
    assert order.state == State.GUEST_CANCELED


def test_a_cancelation_that_is_too_late_is_said(guest, order):
    form = guest.form("/cancel/")
    move(order, State.READY)
    guest.send(form)
    assert "It is too late to cancel here: please call the restaurant." in guest.text
    assert "Cancel this order" not in guest.text


def test_the_page_opens_again_in_another_browser(guest, order):
    other = Guest()
    other.open(guest.address)
    assert f"Your number {order.number}" in other.text


def test_another_order_cannot_be_told_from_none(guest, order, merchant):
    key = order.idempotency_key
    new_store(merchant, provider_id="str_other", fulfillment_types=["drive_thru"])
    new_store(factories.merchant(name="Other"), provider_id="str_foreign")
    ChannelOrder.objects.filter(pk=order.pk).update(scope="key:1")
    by_an_api_key = guest.open(f"{ORDER}placed/{key}/")
    ChannelOrder.objects.filter(pk=order.pk).update(scope="order_page")
    answers = [
        by_an_api_key,
        *(guest.open(f"/order/{store}/placed/{key}/") for store in ("str_other", "str_foreign")),
        guest.open(f"{ORDER}placed/{'a' * 32}/"),
        guest.open(f"{ORDER}placed/{order.provider_id}/"),
        guest.open(f"{ORDER}placed/{'a' * 32}/state/"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert len({answer.content for answer in answers}) == 1


def test_the_script_asks_cheaply_and_gets_changes_only(guest, order, django_assert_max_num_queries):
    part = f"{guest.address}state/"
    first = guest.open(part)
    assert "Sending your order to the restaurant" in guest.text
    with django_assert_max_num_queries(4):
        again = guest.open(part, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    move(order, State.ACCEPTED)
    changed = guest.open(part, HTTP_IF_NONE_MATCH=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert "<html" not in changed.content.decode()


def test_the_page_reloads_itself_without_a_script_until_the_end(guest, order):
    reload = '<noscript><meta http-equiv="refresh" content="30"></noscript>'
    assert reload in guest.page.content.decode()
    move(order, State.COMPLETED)
    guest.open(guest.address)
    assert reload not in guest.page.content.decode()
