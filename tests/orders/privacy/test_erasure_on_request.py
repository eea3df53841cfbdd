"""Erasure of one customer's personal data on request, on a page and by the command."""

import io
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from catalog.models import LocationAccess
from integration.models import DeliveryAttempt, OutboundEvent
from integration.webhooks import redaction
from orders.models import InboundEvent, Order, OrderEvent
from orders.privacy import erasure
from orders.privacy.details import HISTORY_TEXT
from orders.states import State
from tests.orders.support import stream_orders
from tests.orders.support.deferred_orders import pending
from tests.orders.support.personal_data import LATER, SENT, ended, everything, now, secrets_in, sent
from tests.support import factories
from tests.support.markup import compact

__all__ = ["ended", "now"]  # Fixtures.


def press(client: Any, order: Order) -> Any:
    return client.post(f"/admin/orders/order/{order.pk}/press/erase/")


def test_an_owner_erases_one_order_on_its_page(browser_client, owner, ended):
    client = browser_client(owner)
    address = f"/admin/orders/order/{ended.pk}/change/"
    page = client.get(address).content.decode()
    assert "Annabel Leigh" in page
    assert "Erase personal data" in page
    assert press(client, ended).status_code == 302
    page = client.get(address).content.decode()
    assert "Personal data was erased on 04 May 2026, 12:00." in page
    assert re.search(r"</span>Personal data erased</p>.{0,80}>Pat Owner</span>", compact(page))
    assert "Erase personal data …" not in page
    assert secrets_in(page) == []
    assert ">erased<" in client.get("/admin/orders/order/").content.decode()
    for event in InboundEvent.objects.all():
        shown = client.get(f"/admin/orders/inboundevent/{event.pk}/change/").content.decode()
        assert "Erased on 04 May 2026, 17:00 UTC." in shown
    for sending in OutboundEvent.objects.exclude(erased_at=None):
        shown = client.get(f"/admin/integration/outboundevent/{sending.pk}/change/")
        assert "Erased because it contained personal data." in shown.content.decode()
        assert secrets_in(shown.content.decode()) == []
    press(client, ended)
    assert OrderEvent.objects.filter(what=HISTORY_TEXT).count() == 1
    assert secrets_in(everything()) == []


@pytest.mark.parametrize("role", ["manager", "kitchen"])
def test_managers_and_kitchen_cannot_erase(browser_client, merchant, ended, role):
    client = browser_client(factories.user(merchant, role))
    page = client.get(f"/admin/orders/order/{ended.pk}/change/")
    assert "Erase personal data" not in page.content.decode()
    assert press(client, ended).status_code == 403
    assert Order.objects.get().erased_at is None


def test_other_merchants_and_anonymous_visitors_cannot_erase(
    browser_client, ended, client, merchant
):
    theirs = browser_client(factories.user(factories.merchant(name="Casa Verde"), "owner"))
    assert press(theirs, ended).status_code == 404
    assert press(client, ended).status_code == 302
    uptown = factories.location(merchant, name="Uptown")
    limited = factories.user(merchant, "owner")
    LocationAccess.objects.create(user=limited, location=uptown)
    assert press(browser_client(limited), ended).status_code == 404
    assert Order.objects.get().erased_at is None


def test_an_open_order_says_what_to_do_first(browser_client, owner, location):
    order = pending(location, state=State.IN_PROGRESS, customer_name="Ann")
    client = browser_client(owner)
    address = f"/admin/orders/order/{order.pk}/change/"
    assert "Erase personal data" not in client.get(address).content.decode()
    press(client, order)
    assert "Complete or cancel it first." in client.get(address).content.decode()
    order.refresh_from_db()
    assert order.customer_name == "Ann"


def test_an_order_with_an_undelivered_event_is_not_erased(ended):
    OutboundEvent.objects.filter(event_type="order.created").update(
        state="waiting", finished_at=None
    )
    with pytest.raises(redaction.StillWaiting):
        erasure.erase_order(ended.pk, by=None)
    assert Order.objects.get().customer_name == "Annabel Leigh"
    assert DeliveryAttempt.objects.exclude(excerpt="").count() == 2


# The command.


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("erase_personal_data", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_command_erases_one_order(ended):
    assert run("--order", str(ended.pk)) == "Erased the personal data of the order."
    assert secrets_in(everything()) == []
    assert run("--order", str(ended.pk)) == "The order's personal data was already erased."
    with pytest.raises(CommandError, match="There is no order"):
        run("--order", str(uuid.uuid4()))
    with pytest.raises(CommandError, match="is not an order key"):
        run("--order", "A-1")


@pytest.mark.parametrize("phone", ["+15125550199", "(512) 555-0199", "1-512-555-0199"])
def test_the_command_erases_everything_of_one_customer(ended, stream, phone):
    stream.order(**{**sent(idempotency_key="bad"), "line_items": []})
    other = {**SENT, "customers": [{"name": "Bob", "phone": "+1 512 555 0100"}]}
    stream.order(**stream_orders.order(idempotency_key="bob", **other))
    bob = Order.objects.get(customer_name="Bob")
    output = run("--customer-phone", phone, "--merchant", ended.merchant.provider_id)
    assert (
        output == "Erased the personal data of 1 orders, 0 orders in other POSs and 1 other events."
    )
    assert secrets_in(everything().replace("for-Annabel", "")) == [
        "Rosewood", "nut allergy", "gate code",
    ]  # Of Bob's order.  # fmt: skip
    bob.refresh_from_db()
    assert bob.customer_name == "Bob"


def test_the_command_lists_what_was_not_erased(stream, menu):
    stream.order(**sent())
    with pytest.raises(CommandError) as refused:
        run("--customer-phone", "5125550199")
    assert "0 orders, 0 orders in other POSs and 0 other events" in str(refused.value)
    assert "Complete or cancel it first." in str(refused.value)


def test_another_merchants_customer_is_kept(ended):
    casa = factories.merchant(name="Casa Verde")
    run("--customer-phone", "5125550199", "--merchant", casa.provider_id)
    assert Order.objects.get().erased_at is None
    with pytest.raises(CommandError, match="There is no merchant"):
        run("--customer-phone", "5125550199", "--merchant", "no")


def test_the_command_before_a_day(ended):
    assert run("--before", "2026-05-04") == _erased(orders=0)
    assert run("--before", "2026-05-05") == _erased(orders=1)
    for wrong in (["--before", "May"], ["--customer-phone", "12"]):
        with pytest.raises(CommandError):
            run(*wrong)


def test_the_command_without_options_erases_what_is_due(ended, settings):
    assert run() == _erased(orders=0)
    with time_machine.travel(LATER, tick=False):
        assert run() == _erased(orders=1)
    settings.PERSONAL_DATA_DAYS = 0
    with pytest.raises(CommandError, match="say what to erase"):
        run()


def _erased(*, orders: int) -> str:
    return (
        f"Erased the personal data of {orders} orders, 0 orders in other POSs, 0 drivers and 0"
        " other events."
    )
