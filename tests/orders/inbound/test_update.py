"""Stream's updates and cancelations of accepted orders (contract ORD-UPD, ORD-CAN, LIFE)."""

import json
from pathlib import Path

import pytest

from orders.models import InboundEvent, Order, OrderEvent
from orders.states import State
from tests.orders.support.stream_orders import at_location, line, order, refusal_in, stock
from tests.support import factories
from tests.support.stream import Stream

pytestmark = pytest.mark.usefixtures("menu")
EXAMPLES = Path(__file__).parents[2] / "examples"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def accepted(stream):
    assert stream.order(**order()).status_code == 200
    InboundEvent.objects.all().delete()
    OrderEvent.objects.all().delete()
    return Order.objects.get()


STATUSES = [
    "in_progress", "ready_for_pickup", "out_for_delivery", "completed", "failed",
    "merchant_canceled", "dsp_canceled", "pending", "rejected", "something_new",
]  # fmt: skip
# From each state: whether each of the statuses above is where it leads.
TABLE = {
    "pending":           "yes yes yes yes yes yes yes no no no",
    "in_progress":       "no  yes yes yes yes yes yes no no no",
    "ready_for_pickup":  "no  no  yes yes yes yes yes no no no",
    "out_for_delivery":  "no  no  no  yes yes yes yes no no no",
    "completed":         "no  no  no  no  no  no  no  no no no",
    "failed":            "no  no  no  no  no  no  no  no no no",
    "rejected":          "no  no  no  no  no  no  no  no no no",
    "merchant_canceled": "no  no  no  no  no  no  no  no no no",
    "dsp_canceled":      "no  no  no  no  no  no  no  no no no",
}  # fmt: skip


def test_the_table_has_every_state():
    assert set(TABLE) == set(State.values)


@pytest.mark.parametrize("before", TABLE)
def test_each_status_moves_the_order_forwards_or_is_only_noted(stream, accepted, before):
    for status, moves in zip(STATUSES, TABLE[before].split(), strict=True):
        Order.objects.update(state=before)
        OrderEvent.objects.all().delete()

        answer = stream.event("order.updated", order_id=str(accepted.pk), status=status)

        assert (answer.status_code, answer.content) == (200, b"{}")
        expected = status if moves == "yes" else before
        assert Order.objects.get().state == expected, status
        noted = OrderEvent.objects.get()
        assert (noted.actor, noted.state, noted.details) == ("stream", expected, {"status": status})
        outcome = "applied" if moves == "yes" else "noted"
        assert InboundEvent.objects.latest("pk").outcome == outcome


@pytest.mark.parametrize("before", TABLE)
def test_a_cancelation_ends_whatever_has_not_ended(stream, accepted, before):
    Order.objects.update(state=before)
    has_ended = "yes" not in TABLE[before]

    answer = stream.event("order.canceled", provider_id=str(accepted.pk), cancel_reason="Sold out")

    assert (answer.status_code, answer.content) == (200, b"{}")
    assert Order.objects.get().state == (before if has_ended else "dsp_canceled")
    noted = OrderEvent.objects.get()
    assert noted.details == {"reason": "Sold out"}
    assert noted.what == ("Cancelation received after the end" if has_ended else "Canceled")


@pytest.mark.parametrize("spelling", ["provider_id", "order_id"])
def test_a_cancelation_may_name_the_order_in_both_ways(stream, accepted, spelling):
    sent = {"location_id": "loc_downtown", spelling: str(accepted.pk)}

    assert stream.event("order.canceled", **sent).status_code == 200
    assert Order.objects.get().state == "dsp_canceled"


def test_the_published_update_is_kept_as_it_is(stream, accepted):
    sent = json.loads((EXAMPLES / "order_updated.json").read_text())
    sent["object"]["order_id"] = str(accepted.pk)

    answer = stream.post("/orders", sent)

    assert (answer.status_code, answer.content) == (200, b"{}")
    kept = Order.objects.get()
    assert (kept.state, kept.delivery_status) == ("out_for_delivery", "enroute_to_dropoff")
    assert kept.driver == sent["object"]["driver_details"]
    assert OrderEvent.objects.get().details == {
        "status": "out_for_delivery",
        "delivery_status": "enroute_to_dropoff",
        "driver": "Sam",
    }


def test_the_published_cancelation_cancels(stream, accepted):
    sent = json.loads((EXAMPLES / "order_canceled.json").read_text())
    sent["object"]["provider_id"] = str(accepted.pk)

    assert stream.post("/orders", sent).content == b"{}"
    assert Order.objects.get().state == "dsp_canceled"


def test_a_driver_alone_moves_nothing(stream, accepted):
    stream.event("order.updated", order_id=str(accepted.pk), driver_details={"name": "Sam"})
    stream.event("order.updated", order_id=str(accepted.pk), delivery_status="by_balloon")
    stream.event("order.updated", order_id=str(accepted.pk), status=None)

    kept = Order.objects.get()
    assert (kept.state, kept.delivery_status, kept.driver) == (
        "in_progress",
        "by_balloon",
        {"name": "Sam"},
    )
    assert OrderEvent.objects.count() == 3


def test_late_and_repeated_events_only_add_history(stream, accepted):
    key = str(accepted.pk)
    for status in ("completed", "ready_for_pickup", "completed", "in_progress"):
        assert stream.event("order.updated", order_id=key, status=status).status_code == 200
    stream.event("order.canceled", order_id=key)

    assert Order.objects.get().state == "completed"
    assert list(OrderEvent.objects.values_list("what", flat=True)) == [
        "Moved to Completed",
        *["Update received"] * 3,
        "Cancelation received after the end",
    ]
    assert [one.outcome for one in InboundEvent.objects.order_by("pk")] == [
        "applied",
        *["noted"] * 4,
    ]


@pytest.mark.parametrize("event_type", ["order.updated", "order.canceled"])
@pytest.mark.parametrize("named", ["", "no-uuid", "\x00", "９" * 36, "X" * 255, UNKNOWN])
def test_an_unknown_order_is_not_found(stream, accepted, event_type, named):
    answer = stream.event(event_type, order_id=named, provider_id=named)

    if not named.strip("\0"):
        missing = "provider_id" if event_type == "order.canceled" else "order_id"
        assert f"object.{missing} is missing" in str(refusal_in(answer))
        return
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"
    assert InboundEvent.objects.get().outcome == "unknown_order"
    assert Order.objects.get().state == "in_progress"


@pytest.mark.parametrize("event_type", ["order.updated", "order.canceled"])
def test_another_merchants_order_is_not_found_either(stream, accepted, event_type):
    other = Stream(factories.access_token(factories.user(factories.merchant())).raw)

    answer = other.event(event_type, order_id=str(accepted.pk), status="completed")
    unknown = other.event(event_type, order_id=UNKNOWN, status="completed")

    assert (answer.status_code, answer.content) == (404, unknown.content)
    assert Order.objects.get().state == "in_progress"
    assert not OrderEvent.objects.exists()


@pytest.mark.parametrize("event_type", ["order.rated", "", "x" * 300, "\x00"])
def test_an_unknown_type_is_kept_and_answered(stream, event_type):
    answer = stream.post("/orders", {"type": event_type, "object": {"any": "thing"}})

    assert (answer.status_code, answer.content) == (200, b"{}")
    kept = InboundEvent.objects.get()
    assert kept.outcome == "unknown_type"
    assert kept.event_type == event_type.strip("\0")[:100]


# --- Stock.
SOLD = order(
    line("item_large", 1500, 2, line("mod_ham", 200, 3)),
    line("fam_soda", 250),
    line("fam_burger", 1000),
)


@pytest.fixture
def counted(stream):
    at_location("item_large", stock_count=10)
    at_location("mod_ham", stock_count=10)
    at_location("fam_soda", stock_count=1)
    assert stream.order(**SOLD).status_code == 200
    return Order.objects.get()


def _left():
    return [stock(one) for one in ("item_large", "mod_ham", "fam_soda")]


def test_an_accepted_order_takes_its_stock_once(stream, counted):
    assert _left() == [8, 4, 0]
    stream.order(**SOLD)
    assert _left() == [8, 4, 0]
    family = stream.catalog("loc_downtown").json()["item_family"]
    assert {one["provider_id"]: one["is_active"] for one in family}["fam_soda"] is False


@pytest.mark.parametrize(
    ("before", "gives_back"),
    [("pending", True), ("in_progress", True), ("ready_for_pickup", False), ("completed", False)],
)
@pytest.mark.parametrize("how", ["order.canceled", "dsp_canceled", "merchant_canceled", "failed"])
def test_a_cancelation_before_it_is_ready_gives_the_stock_back_once(
    stream, counted, before, gives_back, how
):
    Order.objects.update(state=before)
    named = {"order_id": str(counted.pk)}

    for _ in range(2):
        if how == "order.canceled":
            stream.event(how, **named)
        else:
            stream.event("order.updated", **named, status=how)

    assert _left() == ([10, 10, 1] if gives_back else [8, 4, 0])


def test_what_is_not_counted_any_more_is_not_given_back(stream, counted):
    type(counted.location.itematlocation_set.get()).objects.update(stock_count=None)

    stream.event("order.canceled", order_id=str(counted.pk))

    assert _left() == [None, 10, 1]


@pytest.mark.django_db(transaction=True)
def test_taking_and_giving_back_wake_the_catalogs_worker(stream, counted, woken, merchant):
    assert woken == [("catalog.tasks.refresh", merchant.pk)]
    stream.event("order.canceled", order_id=str(counted.pk))
    assert woken == [("catalog.tasks.refresh", merchant.pk)] * 2


# --- The archive.


def test_every_authenticated_event_is_kept_exactly_with_its_answer(stream, accepted):
    update = '{ "type":"order.updated",\n"object":{"order_id":"ID","x":1.0}}'
    bodies = [
        update.replace("ID", str(accepted.pk)).encode(),
        json.dumps({"type": "order.created", "object": order()}).encode() + b"  \n",
        '{"type":"Größe","object":null}'.encode(),
        b"\x00\xff not JSON",
    ]  # fmt: skip

    answers = [stream.post("/orders", body) for body in bodies]

    kept = list(InboundEvent.objects.order_by("pk"))
    assert [bytes(one.body) for one in kept] == bodies
    assert [one.answer.encode() for one in kept] == [one.content for one in answers]
    assert [one.status_code for one in kept] == [200, 200, 200, 400]
    assert [one.order for one in kept] == [accepted, accepted, None, None]


def test_an_event_without_authentication_is_not_kept(stream, merchant):
    answer = Stream("wrong").order(**order())

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert not InboundEvent.objects.exists()
