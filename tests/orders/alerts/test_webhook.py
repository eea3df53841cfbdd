"""Alerts to the operator's address: signed, retried while useful, apart from Stream."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from catalog.locations import connection
from catalog.models import Location
from integration.delivery import circuit_breaker
from integration.delivery import runner as delivery_runner
from integration.models import Alarm, OutboundEvent
from integration.webhooks import endpoints, expiry, outbox
from integration.webhooks.signing import signature
from orders import tasks
from orders.lifecycle import acceptance
from orders.models import Order, StaffCall
from tests.integration.support.receiver import Receiver, answer, never
from tests.orders.support.alert_rounds import at, look, manual, noon
from tests.orders.support.deferred_orders import pending
from tests.support import factories
from tests.support.admin_forms import names

SECRET = "a secret of the tests"
Ending = OutboundEvent.Ending
__all__ = ["manual"]


@pytest.fixture
def pager(settings: Any) -> Iterator[Receiver]:
    """The operator's paging service."""
    server = Receiver()
    server.start()
    settings.STAFF_CALL_URL, settings.STAFF_CALL_SECRET = server.url, SECRET
    settings.PUBLIC_URL = "https://pos.example.com"
    yield server
    server.stop()


def _alerted(location, **fields):
    """Let an order wait for 15 seconds at a watched board."""
    with at(0):
        waiting = pending(location, **fields)
    look(15, at_board=location)
    return waiting


def _event():
    return OutboundEvent.objects.get(endpoint="calls")


@pytest.mark.django_db(transaction=True)
def test_the_event_describes_the_alert_without_customer_data(manual, pager):
    waiting = _alerted(manual, customer_name="Alex", customer_phone="+15555550100")
    with at(16):
        delivery_runner.deliver_due()

    [received] = pager.received
    assert json.loads(received.body) == {
        "type": "staff.called",
        "object": {
            "location_id": "loc_downtown",
            "location": "Downtown",
            "what": "waiting",
            "message": "uber A-1 is waiting: accept or reject it."
            " At 12:00:45 it is rejected automatically.",
            "order_number": "A-1",
            "since": round(noon().timestamp() * 1000),
            "link": f"https://pos.example.com/board/?location=loc_downtown#order-{waiting.pk}",
        },
    }
    expected = signature(received.body, secret=SECRET, encoding="hex")
    assert received.headers["Stream-Webhook-Signature"] == expected
    with at(16):
        Webhook(SECRET.encode()).verify(received.body, received.headers)
    assert _event().ending == Ending.ARRIVED


@pytest.mark.django_db(transaction=True)
def test_an_unwatched_board_names_no_order(manual, pager):
    look(0)
    with at(1):
        delivery_runner.deliver_due()
    subject = json.loads(pager.received[0].body)["object"]
    assert subject["what"] == "unwatched"
    assert "order_number" not in subject
    assert subject["link"] == "https://pos.example.com/board/?location=loc_downtown"


def test_without_an_address_no_event_is_emitted(manual):
    _alerted(manual)
    assert StaffCall.objects.count() == 1
    assert not OutboundEvent.objects.filter(endpoint="calls").exists()
    assert [endpoint.name for endpoint in circuit_breaker.load_endpoints()] == [endpoints.STREAM]


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (answer(500), "500"),
        (answer(302, Location="http://127.0.0.1:9/elsewhere"), "302"),
        (never, "No answer came"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_failures_are_retried_until_the_event_expires(manual, pager, settings, behave, words):
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.3, 0.3)
    pager.behave = behave
    _alerted(manual)
    for seconds in (16, 24, 30, 38):
        with at(seconds):
            delivery_runner.deliver_due()
    assert len(pager.received) > 1
    assert {request.path for request in pager.received} == {
        "/pos/tests/webhook"
    }  # No redirect followed.
    attempt = _event().attempts.first()
    assert words in (attempt.error or str(attempt.status_code))

    before = len(pager.received)
    with at(45):
        delivery_runner.deliver_due()
        expiry.expire_due()
    assert len(pager.received) == before
    assert _event().ending == Ending.EXPIRED
    alarm = Alarm.objects.get(kind=Alarm.Kind.EXPIRED)
    assert (alarm.endpoint, "Ask the operator of the receiver “calls”" in alarm.message) == (
        "calls",
        True,
    )


@pytest.mark.django_db(transaction=True)
def test_its_failures_do_not_affect_stream(manual, pager, settings, owner):
    stream = Receiver()
    stream.start()
    settings.STREAM_WEBHOOK_URL = stream.url
    settings.WEBHOOK_BREAKER_FAILURES = 1
    pager.behave = answer(500)
    waiting = _alerted(manual)
    with at(16):
        delivery_runner.deliver_due()
        acceptance.accept(waiting.pk, by=owner)
        delivery_runner.deliver_due()
        states = {endpoint.name: endpoint.breaker for endpoint in circuit_breaker.load_endpoints()}
    stream.stop()

    assert states == {"calls": "open", "stream": "closed"}
    assert [json.loads(request.body)["type"] for request in stream.received] == ["order.accepted"]


@pytest.mark.django_db(transaction=True)
def test_an_address_inside_our_network_is_not_called(manual, pager, settings):
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = False
    _alerted(manual)
    with at(16):
        delivery_runner.deliver_due()
    assert pager.received == []
    assert "it needs a public address" in _event().attempts.get().error


def test_a_disconnected_location_still_emits_alerts(manual, pager):
    _alerted(manual)
    connection.disconnect(Location.objects.all())
    assert _event().state == OutboundEvent.State.WAITING
    with at(20):
        assert outbox.requeue(OutboundEvent.objects.filter(endpoint="calls")) == 1


def test_the_event_expires_at_the_automatic_decision(manual, pager):
    waiting = _alerted(manual)
    assert _event().expires_at == waiting.created_at + acceptance.STAFF_HAVE
    Order.objects.all().update(state="rejected")
    look(1000)
    other = OutboundEvent.objects.filter(endpoint="calls").latest("pk")
    assert other.expires_at == noon(seconds=1000) + timedelta(minutes=10)


def test_an_alert_that_is_not_stored_emits_nothing(manual, pager, monkeypatch):
    """The event and the alert share one transaction."""
    monkeypatch.setattr("orders.alerts.webhook.emit", lambda call: 1 / 0)
    with at(0):
        pending(manual)
    with at(20), pytest.raises(ZeroDivisionError):
        tasks.look_after_orders()
    assert not StaffCall.objects.exists()


def test_only_its_own_merchant_sees_the_event(manual, pager, browser_client, owner):
    _alerted(manual)
    events = "/admin/integration/outboundevent/"
    assert "staff.called" in " ".join(names(browser_client(owner).get(events)))
    stranger = factories.user(factories.merchant(), "owner")
    assert names(browser_client(stranger).get(events)) == set()


def test_the_delivery_page_shows_the_receiver(manual, pager, browser_client):
    _alerted(manual)
    boss = factories.user(None, "", is_superuser=True)
    shown = browser_client(boss).get("/admin/integration/endpoint/dashboard/")
    assert "calls" in shown.content.decode()
