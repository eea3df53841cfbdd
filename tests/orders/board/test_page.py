"""Content of the board, and access to it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from integration import roles
from integration.models import Alarm
from integration.monitoring import alarms
from orders.models import Order
from orders.states import State
from tests.orders.support.board_pages import (
    BOARD,
    PART,
    board_order,
    buttons,
    columns,
    line,
    text_of,
)

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.
LATER = {"is_future_order": True}

pytestmark = pytest.mark.django_db


def ended(at, number, state, *, ago, **fields):
    order = board_order(at, dsp_order_number=number, state=state, **fields)
    Order.objects.filter(pk=order.pk).update(updated_at=NOW - ago)
    return order


def test_orders_are_in_the_column_of_their_state(board, location):
    for number, state in [
        ("A-1", State.PENDING),
        ("A-2", State.IN_PROGRESS),
        ("A-3", State.READY_FOR_PICKUP),
        ("A-4", State.OUT_FOR_DELIVERY),
        ("A-5", State.COMPLETED),
        ("A-6", State.DSP_CANCELED),
    ]:
        board_order(location, dsp_order_number=number, state=state)
    assert columns(board.get(BOARD)) == {
        "canceled": ["A-6"],
        "new": ["A-1"],
        "progress": ["A-2"],
        "ready": ["A-3"],
        "out": ["A-4"],
        "done": ["A-5"],
    }


def test_rarely_used_columns_appear_only_when_needed(board, location):
    assert columns(board.get(BOARD)) == {"new": [], "progress": [], "ready": []}


@time_machine.travel(NOW, tick=False)
def test_ended_orders_stay_half_an_hour_and_unseen_cancelations_longer(board, location):
    ended(location, "just", State.COMPLETED, ago=timedelta(minutes=30))
    ended(location, "old", State.COMPLETED, ago=timedelta(minutes=31))
    ended(location, "refused", State.REJECTED, ago=timedelta(minutes=31))
    for number, state in [("c1", "dsp_canceled"), ("c2", "merchant_canceled"), ("c3", "failed")]:
        ended(location, number, State(state), ago=timedelta(hours=12))
    ended(location, "ages", State.DSP_CANCELED, ago=timedelta(hours=12, seconds=1))
    ended(location, "seen", State.DSP_CANCELED, ago=timedelta(minutes=31), seen_at=NOW)
    ended(location, "seen now", State.DSP_CANCELED, ago=timedelta(minutes=29), seen_at=NOW)

    shown = columns(board.get(BOARD))

    assert sorted(shown["canceled"]) == ["c1", "c2", "c3"]
    assert shown["done"] == ["seen now", "just"]


def test_a_card_shows_everything_the_kitchen_needs(board, location):
    order = board_order(
        location,
        dsp_order_number="A-77",
        source="uber_eats",
        fulfillment_type="delivery",
        customer_name="Jane <Doe>",
        unpaid=True,
        total=2585,
        stream_knows="unknown",
        delivery_status="arrived_at_pickup",
        driver={
            "name": "Sam",
            "passcode": "4711",
            "vehicle_info": {"color": "red", "make": "Toyota"},
            "phone": {"number": "+1555", "code": "9"},
        },
        details={"special_instructions": "Ring twice", "should_include_utensils": False},
    )
    burger = line(order, "Burger", 0, quantity=2, special_instructions="No onions")
    patty = line(order, "Patty", 1, depth=1, parent=burger, kind="modifier")
    line(order, "Rare", 2, depth=2, parent=patty, kind="modifier")

    answer = board.get(BOARD)
    page, text = answer.content.decode(), text_of(answer).replace(" :", ":")

    for words in [
        "A-77", "Uber Eats", "Delivery", "Jane &lt;Doe&gt;", "Collect payment: 25.85 USD",
        "Unknown at Stream.", "Driver is here: Sam", "4711", "red Toyota", "+1555 9", "Ring twice",
        "No utensils", "No onions", "2 ×", "just now",
    ]:  # fmt: skip
        assert words in text, words
    assert [page.index(f"lines__one--{depth}") > 0 for depth in (0, 1, 2)] == [True, True, True]
    assert f'href="/admin/orders/order/{order.pk}/change/"' in page


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("fields", "due", "column"),
    [
        ({}, "12:15", "progress"),
        ({"requested_for": NOW + timedelta(days=1)}, "12:15", "progress"),  # Not for later.
        (LATER | {"requested_for": NOW + timedelta(minutes=35)}, "12:35", "progress"),
        (LATER | {"requested_for": NOW + timedelta(minutes=36)}, "12:36", "later"),
        (LATER | {"requested_for": NOW + timedelta(days=1)}, "Tue 5 May, 12:00", "later"),
        (LATER | {"requested_for": NOW - timedelta(days=1)}, "Sun 3 May, 12:00", "progress"),
    ],
)
def test_the_due_time_is_local_with_the_day_unless_today(board, location, fields, due, column):
    board_order(location, **fields)
    answer = board.get(BOARD)
    assert due in text_of(answer)
    assert columns(answer)[column] == ["A-1"]


@pytest.mark.parametrize(
    ("state", "after_minutes", "mood"),
    [
        ("in_progress", 0, "calm"),
        ("in_progress", 9.9, "calm"),
        ("in_progress", 10.1, "warn"),
        ("in_progress", 15.1, "late"),
        ("ready_for_pickup", 14, "calm"),
        ("ready_for_pickup", 16, "warn"),
        ("ready_for_pickup", 26, "late"),
        ("out_for_delivery", 60, "calm"),
        ("pending", 0.4, "warn"),
        ("pending", 0.5, "late"),
    ],
)
def test_the_color_changes_with_age(board, location, state, after_minutes, mood):
    order = board_order(location, state=State(state))
    with time_machine.travel(order.created_at + timedelta(minutes=after_minutes), tick=False):
        assert f"order order--{mood}" in board.get(BOARD).content.decode()


def test_a_pending_order_shows_the_time_left(board, location):
    order = board_order(location, state=State.PENDING)
    with time_machine.travel(order.created_at + timedelta(seconds=15), tick=False):
        answer = board.get(BOARD)
    assert 'data-left="30"' in answer.content.decode()
    assert "30 s" in text_of(answer)


@pytest.mark.parametrize(
    ("state", "kind", "expected"),
    [
        ("pending", "delivery", ["Accept", "Reject"]),
        ("in_progress", "delivery", ["Ready", "Cancel"]),
        ("in_progress", "merchant_managed_delivery", ["Ready", "Out for delivery", "Cancel"]),
        ("ready_for_pickup", "pickup", ["Complete", "Cancel"]),
        (
            "ready_for_pickup",
            "merchant_managed_delivery",
            ["Out for delivery", "Complete", "Cancel"],
        ),
        ("out_for_delivery", "delivery", ["Complete", "Cancel"]),
        ("completed", "delivery", []),
        ("rejected", "delivery", []),
        ("dsp_canceled", "delivery", ["Seen"]),
    ],
)
def test_a_card_has_the_possible_buttons(board, location, state, kind, expected):
    board_order(location, state=State(state), fulfillment_type=kind)
    assert buttons(board.get(BOARD)) == expected


def test_a_view_only_person_sees_no_buttons(kitchen, location, monkeypatch):
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    line(board_order(location), "Burger", provider_id="x")
    answer = kitchen.get(BOARD)
    assert columns(answer)["progress"] == ["A-1"]
    assert buttons(answer) == []
    for address in ("/off/", "/pause/"):
        assert address not in answer.content.decode()


def test_other_pages_link_to_the_board(board, client):
    for address in ("/account/", "/admin/"):
        assert 'href="/board/"' in board.get(address).content.decode()
    assert 'href="/board/"' in client.get("/").content.decode()


@pytest.mark.parametrize("search", ["A-77", "jane", "UBER", "Eats"])
def test_the_search_works_without_javascript(board, location, search):
    board_order(location, dsp_order_number="A-77", customer_name="Jane Doe", source="uber_eats")
    board_order(location, dsp_order_number="B-1", customer_name="Bob", source="grubhub")
    assert columns(board.get(BOARD, {"q": search}))["progress"] == ["A-77"]


@pytest.mark.parametrize("search", ["\0", "%", "x" * 5000, "<script>", "💥"])
def test_any_search_text_is_handled(board, location, search):
    board_order(location)
    answer = board.get(BOARD, {"q": search})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().split("</head>")[1]


@pytest.mark.parametrize("address", [BOARD, PART])
def test_open_alarms_are_shown(board, location, address):
    alarms.raise_alarm(
        Alarm.Kind.FAILING,
        endpoint="stream",
        message="Stream does not answer.",
        merchant_id=location.merchant_id,
    )
    assert "Stream does not answer." in text_of(board.get(address))


def test_the_page_needs_no_inline_script_or_style(board, location):
    order = board_order(location, state=State.PENDING)
    line(order, "Burger", provider_id="x")
    for address in (BOARD, f"{PART}{order.pk}/ticket/", f"{PART}{order.pk}/reject/"):
        answer = board.get(address)
        page = answer.content.decode()
        assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page) == []
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
