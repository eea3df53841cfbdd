"""Personal data goes, everywhere; what was ordered, paid and answered stays."""

import io
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from catalog.models import AcceptanceMode, Location, LocationAccess
from integration import erasure, outbox
from integration.models import DeliveryAttempt, OutboundEvent
from orders import decisions, erasing, staff_moves, tasks
from orders.answers import OTHER, refusal
from orders.life import State
from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from tests import factories
from tests.orders import ordering
from tests.orders.deciding import pending

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=91)
# Each of them stands somewhere in what Stream and staff sent.
SECRETS = [
    "Annabel", "Leigh", "5125550199", "annabel@example.com", "Rosewood", "nut allergy", "gate code",
    "candle", "guest-77", "Dashiell", "3125550142", "KLM-998", "pass-4711", "ring twice",
    "his sister rang",
]  # fmt: skip
SENT: dict[str, Any] = {
    "source": "uber",
    "dsp_order_id": "dsp-1",
    "dsp_order_number": "A-1",
    "customers": [
        {
            "id": "guest-77", "name": "Annabel Leigh", "phone": "+1 (512) 555-0199",
            "email": "annabel@example.com",
        },
        {"name": "Leigh Senior", "phone": "+15125550199"},
    ],
    "delivery_address": {"street": "7 Rosewood Lane", "city": "Austin", "lat": 30.2, "long": -97.7},
    "special_instructions": "nut allergy",
    "fulfillment_instructions": "gate code 1234",
    "discounts": [{"id": "for-Annabel", "amount": 100}],
    "store_tip": 200,
}  # fmt: skip
DRIVER = {
    "name": "Dashiell", "phone": {"number": "+13125550142"}, "passcode": "pass-4711",
    "vehicle_info": {"license_plate": "KLM-998"}, "handoff_instructions": "ring twice",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def sent(**fields: Any) -> dict[str, Any]:
    line = ordering.line(
        "fam_burger", 1000, 1, special_instructions="candle on it", customer_id="guest-77"
    )
    return ordering.order(line, **SENT, **fields)


def everything() -> str:
    """Every text, JSON and byte of every row of every table, by the table's and column's name."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    found = []
    for model in apps.get_models():
        for column in [one for one in model._meta.concrete_fields if isinstance(one, kinds)]:
            for value in model._default_manager.values_list(column.attname, flat=True):
                plain = (
                    bytes(value).decode("utf-8", "replace")
                    if isinstance(value, bytes | memoryview)
                    else value
                )
                found.append(f"{model.__name__}.{column.attname}: {plain!r}")
    return "\n".join(found)


def secrets_in(text: str) -> list[str]:
    digits = "".join(one for one in text if one.isdecimal() or one == "\n")
    return [one for one in SECRETS if one in text or (one.isdecimal() and one in digits)]


def an_attempt(event: OutboundEvent, excerpt: str) -> None:
    DeliveryAttempt.objects.create(
        event=event, number=1, started_at=NOW, duration_ms=5, status_code=200, excerpt=excerpt
    )


@pytest.fixture
def ended(stream, menu, owner, location) -> Order:
    """An order with everything that may hang on one, as it came over HTTP; it was completed."""
    assert stream.order(**sent()).status_code == 200
    order = Order.objects.get()
    stream.event("order.updated", order_id=str(order.pk), driver_details=DRIVER)
    for event_type in ("order.created", "order.assign.driver"):
        event = outbox.emit(
            merchant_id=order.merchant_id, location_id=location.provider_id,
            event_type=event_type, ordering_key=f"order/{order.pk}",
            data={"customers": SENT["customers"], "driver": DRIVER},
        )  # fmt: skip
        event.state, event.finished_at = OutboundEvent.State.DELIVERED, NOW
        event.save()
        an_attempt(event, "Thank you, Annabel")
    staff_moves.move(order.pk, State.READY_FOR_PICKUP, by=owner)
    staff_moves.move(order.pk, State.COMPLETED, by=owner, reason="his sister rang")
    stream.event("order.canceled", provider_id=str(order.pk), cancel_reason="his sister rang")
    OutboundEvent.objects.filter(state="waiting").update(state="delivered", finished_at=NOW)
    return order


def erase_by_the_clock(at: datetime = LATER) -> None:
    with time_machine.travel(at, tick=False):
        tasks.erase_personal_data()


def test_after_the_days_of_the_setting_nobody_is_named_anywhere(ended, stream):
    refused = {**sent(idempotency_key="bad"), "line_items": [ordering.line("fam_none", 1)]}
    assert stream.order(**refused).status_code == 400
    stream.post("/orders", b'{"type": "order.created", "object": {"name": "Annabel"')
    stream.event("order.dreamt", customer="Annabel Leigh")
    stream.event("order.updated", order_id=str(uuid.uuid4()), driver_details=DRIVER)
    before = everything()
    assert secrets_in(before) == SECRETS

    erase_by_the_clock()

    after = everything()
    assert secrets_in(after) == []
    assert "OutboundEvent.body: ''" in after


def test_what_was_ordered_paid_and_answered_stays(ended):
    kept = [
        "identity", "fingerprint", "answer", "state", "source", "dsp_order_id", "dsp_order_number",
        "subtotal", "tax", "total", "currency", "fulfillment_type", "created_at",
    ]  # fmt: skip
    before = Order.objects.values(*kept).get()
    lines = list(OrderLine.objects.values("name", "provider_id", "quantity", "price_amount"))
    events = list(InboundEvent.objects.values("event_type", "outcome", "status_code", "answer"))
    whats = list(OrderEvent.objects.values_list("what", flat=True))
    sending = list(OutboundEvent.objects.values("event_type", "state", "finished_at"))

    erase_by_the_clock()

    assert Order.objects.values(*kept).get() == before
    assert (
        list(OrderLine.objects.values("name", "provider_id", "quantity", "price_amount")) == lines
    )
    fields = ("event_type", "outcome", "status_code", "answer")
    assert list(InboundEvent.objects.values(*fields)) == events
    assert list(OrderEvent.objects.values_list("what", flat=True)) == [*whats, erasing.WHAT]
    assert list(OutboundEvent.objects.values("event_type", "state", "finished_at")) == sending
    order = Order.objects.get()
    assert order.details == {"store_tip": 200, "discounts": [{"amount": 100}]}
    assert order.erased_at == LATER
    details = [one.details for one in order.history.all()]
    assert {"by": "Pat Owner"} in details
    assert details[-1] == {"why": "kept for 90 days"}
    # What is harmless is still there to read.
    status = OutboundEvent.objects.filter(event_type="order.status.updated").first()
    assert status is not None
    assert json.loads(status.body)["object"]["status"] == "ready_for_pickup"


def test_a_repeat_of_an_erased_order_gets_the_same_answer_and_leaves_nothing(ended, stream):
    first = bytes(InboundEvent.objects.earliest("pk").answer, "utf-8")
    erase_by_the_clock()

    again = stream.order(**sent())
    other = stream.order(**{**sent(), "subtotal": 1001, "tax": 7})

    assert (again.status_code, again.content) == (200, first)
    assert other.status_code == 400
    assert "An order with this key was accepted before" in other.content.decode()
    assert Order.objects.count() == 1
    assert secrets_in(everything()) == []


def test_a_late_event_about_an_erased_order_leaves_nothing_either(ended, stream):
    erase_by_the_clock()
    answer = stream.event(
        "order.updated", order_id=str(ended.pk), status="completed", driver_details=DRIVER
    )
    assert answer.status_code == 200
    stream.event("order.canceled", provider_id=str(ended.pk), cancel_reason="Annabel rang")
    assert secrets_in(everything()) == []
    assert Order.objects.get().driver == {}
    newest = InboundEvent.objects.latest("pk")
    assert (newest.event_type, bytes(newest.body)) == ("order.canceled", b"")
    assert newest.erased_at is not None


# What is left alone.


@pytest.mark.parametrize("state", [State.PENDING, State.IN_PROGRESS, State.OUT_FOR_DELIVERY])
def test_an_open_order_is_never_erased_by_the_clock(location, state):
    order = pending(location, state=state, customer_name="Ann")
    event = InboundEvent.objects.create(
        merchant=location.merchant, body=b"Ann", outcome="accepted", status_code=200, order=order
    )
    erase_by_the_clock(NOW + timedelta(days=900))
    order.refresh_from_db()
    event.refresh_from_db()
    assert (order.customer_name, bytes(event.body)) == ("Ann", b"Ann")


def test_an_order_counts_from_its_end(location, settings):
    settings.PERSONAL_DATA_DAYS = 10
    order = pending(location, state=State.IN_PROGRESS, customer_name="Ann")
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        staff_moves.move(
            order.pk, State.MERCHANT_CANCELED, by=factories.user(location.merchant, "owner")
        )
    erase_by_the_clock(NOW + timedelta(days=18))
    order.refresh_from_db()
    assert order.erased_at is None
    erase_by_the_clock(NOW + timedelta(days=18, seconds=1))
    order.refresh_from_db()
    assert order.customer_name == ""


def test_a_refused_event_counts_from_its_receipt(merchant, settings):
    settings.PERSONAL_DATA_DAYS = 10
    InboundEvent.objects.create(merchant=merchant, body=b"Ann", outcome="refused", status_code=400)
    erase_by_the_clock(NOW + timedelta(days=10))
    assert bytes(InboundEvent.objects.get().body) == b"Ann"
    erase_by_the_clock(NOW + timedelta(days=10, seconds=1))
    assert bytes(InboundEvent.objects.get().body) == b""


@pytest.mark.parametrize(("days", "name"), [(0, "Ann"), (2_000_000_000, "Ann"), (1, "")])
def test_the_setting(location, settings, days, name):
    settings.PERSONAL_DATA_DAYS = days
    pending(location, state=State.COMPLETED, customer_name="Ann")
    erase_by_the_clock(NOW + timedelta(days=2))
    assert Order.objects.get().customer_name == name


def test_a_run_is_bounded_and_the_next_goes_on(location, settings, monkeypatch):
    monkeypatch.setattr(erasing, "AT_ONCE", 2)
    monkeypatch.setattr(erasing, "MOST_PER_RUN", 4)
    for _ in range(5):
        pending(location, state=State.COMPLETED, customer_name="Ann")
        InboundEvent.objects.create(
            merchant=location.merchant, body=b"Ann", outcome="refused", status_code=400
        )

    def left() -> tuple[int, int]:
        return (
            Order.objects.filter(customer_name="Ann").count(),
            InboundEvent.objects.exclude(body=b"").count(),
        )

    erase_by_the_clock()
    assert left() == (1, 1)
    erase_by_the_clock()
    assert left() == (0, 0)
    erase_by_the_clock()
    assert OrderEvent.objects.filter(what=erasing.WHAT).count() == 5


def test_many_orders_need_no_more_queries(location):
    counts = []
    for many in (2, 30):
        for _ in range(many):
            order = pending(location, state=State.COMPLETED, customer_name="Ann")
            OrderEvent.objects.create(
                order=order, actor="staff", what="x", state="completed", details={"reason": "Ann"}
            )
        with time_machine.travel(LATER, tick=False), CaptureQueriesContext(connection) as queries:
            erasing.erase_due(LATER - timedelta(days=90), "test")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_event_that_waits_about_an_old_order_is_given_up(ended):
    OutboundEvent.objects.filter(event_type="order.created").update(
        state="waiting", finished_at=None
    )
    erase_by_the_clock()
    event = OutboundEvent.objects.get(event_type="order.created")
    assert (event.state, event.ending, event.body) == ("failed", "stopped", "")


def test_what_was_erased_is_never_sent_again(ended, location):
    erase_by_the_clock()
    about = OutboundEvent.objects.filter(event_type="order.created")
    assert outbox.requeue(about) == 0
    assert about.get().state == "delivered"


def test_a_rejection_holds_what_staff_wrote(stream, menu, owner, location):
    Location.objects.filter(pk=location.pk).update(acceptance_mode=AcceptanceMode.MANUAL)
    assert stream.order(**sent()).status_code == 200
    order = Order.objects.get()
    decisions.reject(order.pk, refusal(OTHER, "Annabel Leigh ordered twice"), by=owner)
    erase_by_the_clock()
    assert secrets_in(everything()) == []


# On request.


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
    assert re.search(r"</span> Personal data erased</p>\s.*>Pat Owner</span>", page)
    assert "Erase personal data …" not in page
    assert secrets_in(page) == []
    assert ">erased<" in client.get("/admin/orders/order/").content.decode()
    for event in InboundEvent.objects.all():
        shown = client.get(f"/admin/orders/inboundevent/{event.pk}/change/").content.decode()
        assert "Erased on 04 May 2026, 17:00 UTC." in shown
    for sending in OutboundEvent.objects.exclude(erased_at=None):
        shown = client.get(f"/admin/integration/outboundevent/{sending.pk}/change/")
        assert "Erased: it held personal data." in shown.content.decode()
        assert secrets_in(shown.content.decode()) == []
    press(client, ended)
    assert OrderEvent.objects.filter(what=erasing.WHAT).count() == 1
    assert secrets_in(everything()) == []


@pytest.mark.parametrize("role", ["manager", "kitchen"])
def test_nobody_else_does(browser_client, merchant, ended, role):
    client = browser_client(factories.user(merchant, role))
    page = client.get(f"/admin/orders/order/{ended.pk}/change/")
    assert "Erase personal data" not in page.content.decode()
    assert press(client, ended).status_code == 403
    assert Order.objects.get().erased_at is None


def test_another_merchants_order_and_nobody_signed_in(browser_client, ended, client, merchant):
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


def test_what_is_on_its_way_to_stream_comes_first(ended):
    OutboundEvent.objects.filter(event_type="order.created").update(
        state="waiting", finished_at=None
    )
    with pytest.raises(erasure.OnTheWay):
        erasing.erase_one(ended.pk, by=None)
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
    assert run("--order", str(ended.pk)) == "The order's personal data was erased before."
    with pytest.raises(CommandError, match="There is no order"):
        run("--order", str(uuid.uuid4()))
    with pytest.raises(CommandError, match="is no order's key"):
        run("--order", "A-1")


@pytest.mark.parametrize("phone", ["+15125550199", "(512) 555-0199", "1-512-555-0199"])
def test_the_command_erases_all_of_one_customer(ended, stream, phone):
    stream.order(**{**sent(idempotency_key="bad"), "line_items": []})
    other = {**SENT, "customers": [{"name": "Bob", "phone": "+1 512 555 0100"}]}
    stream.order(**ordering.order(idempotency_key="bob", **other))
    bob = Order.objects.get(customer_name="Bob")
    said = run("--customer-phone", phone, "--merchant", ended.merchant.provider_id)
    assert said == "Erased the personal data of 1 orders and 1 other events."
    assert secrets_in(everything().replace("for-Annabel", "")) == [
        "Rosewood", "nut allergy", "gate code",
    ]  # Of Bob's order.  # fmt: skip
    bob.refresh_from_db()
    assert bob.customer_name == "Bob"


def test_the_command_names_what_is_left(stream, menu):
    stream.order(**sent())
    with pytest.raises(CommandError) as refused:
        run("--customer-phone", "5125550199")
    assert "0 orders and 0 other events" in str(refused.value)
    assert "Complete or cancel it first." in str(refused.value)


def test_a_customer_of_another_merchant_stays(ended):
    casa = factories.merchant(name="Casa Verde")
    run("--customer-phone", "5125550199", "--merchant", casa.provider_id)
    assert Order.objects.get().erased_at is None
    with pytest.raises(CommandError, match="There is no merchant"):
        run("--customer-phone", "5125550199", "--merchant", "no")


def test_the_command_before_a_day(ended):
    assert run("--before", "2026-05-04") == (
        "Erased the personal data of 0 orders and 0 other events."
    )
    assert run("--before", "2026-05-05") == (
        "Erased the personal data of 1 orders and 0 other events."
    )
    for wrong in (["--before", "May"], ["--customer-phone", "12"]):
        with pytest.raises(CommandError):
            run(*wrong)


def test_the_command_alone_does_what_the_clock_does(ended, settings):
    assert run() == "Erased the personal data of 0 orders and 0 other events."
    with time_machine.travel(LATER, tick=False):
        assert run() == "Erased the personal data of 1 orders and 0 other events."
    settings.PERSONAL_DATA_DAYS = 0
    with pytest.raises(CommandError, match="say what to erase"):
        run()
