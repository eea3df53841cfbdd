"""The whole way of an order: sandbox, our handler, dispatch page, webhook, sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog.models import Location
from integration.delivery import runner
from integration.models import User
from integration.oauth.client import ensure_stream_application
from orders import tasks
from orders.models import Driver, DriverAssignment, FollowedOrder, StreamEvent
from sandbox.config import SandboxConfig
from stream_pos.demo.people.dispatch_page import DispatchPage
from tests.sandbox.conftest import WEBHOOK_SECRET, Caller
from tests.sandbox.support.fake_pos import EVENTS_SECRET
from tests.support import factories

from .waiting import attempts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def driver(owner: User, location: Location) -> Driver:
    factories.connect(location)
    return Driver.objects.create(merchant=location.merchant, name="Dana", phone="+15125550111")


@pytest.fixture
def stream(
    make_sandbox: Callable[..., Caller], live_server: Any, settings: Any, driver: Driver
) -> Iterator[Caller]:
    """A sandbox and the product, each of which has the other's address and secrets."""
    settings.STREAM_EVENTS_SECRETS = [EVENTS_SECRET]
    settings.STREAM_WEBHOOK_SECRET = WEBHOOK_SECRET
    caller = make_sandbox(
        pos_url=live_server.url,
        client_id=settings.STREAM_CLIENT_ID,
        client_secret=settings.STREAM_CLIENT_SECRET,
        events_secret=EVENTS_SECRET,
    )
    config: SandboxConfig = caller.server.sandbox.config
    settings.STREAM_WEBHOOK_URL = config.webhook_url
    settings.STREAM_REDIRECT_URIS = [config.redirect_uri]
    settings.STREAM_POS_PUBLIC_URL = live_server.url
    ensure_stream_application()  # Transactional tests empty the database.
    return caller


@pytest.fixture
def page(live_server: Any, owner: User) -> DispatchPage:
    page = DispatchPage(live_server.url)
    page.sign_in(owner.email, factories.PASSWORD)
    return page


def webhook(stream: Caller, kind: str) -> dict[str, Any]:
    """Send what is due, and return the one webhook of this type."""
    runner.deliver_due()
    received = stream.get("/api/webhooks").json()["webhooks"]
    (found,) = [row for row in received if row["type"] == kind]
    assert (found["signature_valid"], found["problems"]) == (True, [])
    return dict(found["object"])


def known(stream: Caller) -> dict[str, dict[str, Any]]:
    orders = stream.get("/api/events/orders").json()["orders"]
    return {order["order_id"]: order for order in orders}


def test_an_order_of_another_pos_is_followed_from_its_confirmation_to_the_door(
    stream: Caller, page: DispatchPage, location: Location, driver: Driver
) -> None:
    told = stream.post("events/orders", reference_id=location.provider_id).json()
    number, order_id = told["order"]["dsp_order_number"], told["order_id"]
    assert [row["status"] for row in attempts(stream, 1)] == [201]
    tasks.follow_orders()
    page.wait_for(number, "unassigned")

    assert page.assign(number) == "Dana"
    sent = webhook(stream, "order.assign.driver")
    assert sent == {
        "location_id": told["location_id"],
        "order_id": order_id,
        "driver": {"name": "Dana", "phone": {"number": "+15125550111", "code": ""}},
    }
    assert known(stream)[order_id]["driver"] == sent["driver"]

    for number_sent, moved, status, column in (
        (2, "enroute_to_dropoff", "out_for_delivery", "out"),
        (3, "completed", "completed", "delivered"),
    ):
        stream.post("events/driver", order_id=order_id, delivery_status=moved, status=status)
        assert attempts(stream, number_sent)[-1]["status"] == 201
        tasks.follow_orders()
        page.wait_for(number, column)
    (assignment,) = DriverAssignment.objects.all()
    assert assignment.out_at is not None
    assert assignment.delivered_at is not None
    assert assignment.assigned_at <= assignment.out_at <= assignment.delivered_at


def test_an_order_of_ours_is_delivered_once_and_reported_by_our_ids(
    stream: Caller, page: DispatchPage, location: Location, owner: User
) -> None:
    merchant = location.merchant
    factories.menu(merchant, factories.category(merchant, factories.family(merchant)))
    answer = stream.post("connect", email=owner.email, password=factories.PASSWORD)
    assert answer.status_code == 200, answer.text

    order = stream.post(
        "orders", location_id=location.provider_id, fulfillment_type="merchant_managed_delivery"
    ).json()
    assert order["as_expected"], order["answer"]
    assert [row["status"] for row in attempts(stream, 1)] == [201]
    tasks.follow_orders()
    (followed,) = FollowedOrder.objects.all()
    assert str(followed.own_order_id) == order["order_id"]

    assert page.assign(order["sent"]["object"]["dsp_order_number"]) == "Dana"
    sent = webhook(stream, "order.assign.driver")
    assert (sent["location_id"], sent["order_id"]) == (location.provider_id, order["order_id"])
    assert [row["driver"]["name"] for row in known(stream).values()] == ["Dana"]
    assert DriverAssignment.objects.count() == 1


def test_shuffled_repeated_and_unmapped_events_end_in_the_right_states(
    stream: Caller, location: Location
) -> None:
    mapped = {"reference_id": location.provider_id}
    for wish in (
        {**mapped, "end": "completed", "arrangement": "shuffled"},
        {**mapped, "end": "completed", "arrangement": "twice", "fulfillment_type": "pickup"},
        {**mapped, "end": "canceled", "arrangement": "shuffled"},
        {"end": "completed", "arrangement": "shuffled"},
        {**mapped, "signature": "wrong"},
    ):
        stream.post("events/orders", **wish)
    attempts(stream, 9 + 6 + 3 + 9 + 1)
    tasks.follow_orders()

    orders = known(stream)
    forged = [row["order_id"] for row in attempts(stream, 28) if row["signature"] == "wrong"]
    assert {
        row.stream_order_id: (row.status, row.delivery_status, row.reference_id)
        for row in FollowedOrder.objects.all()
    } == {
        key: (row["status"], row["delivery_status"], row["reference_id"])
        for key, row in orders.items()
        if key not in forged
    }
    assert FollowedOrder.objects.filter(location=None).count() == 1
    assert StreamEvent.objects.count() == 9 + 3 + 3 + 9
    assert not StreamEvent.objects.filter(outcome__in=["received", "waiting"]).exists()
