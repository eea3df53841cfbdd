"""Actions on orders from their cards, with and without JavaScript."""

import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from catalog.models import LocationAccess
from integration import roles
from integration.models import OutboundEvent
from orders.lifecycle import acceptance, transitions
from orders.models import Order
from orders.states import State
from tests.orders.support.board_pages import (
    BOARD,
    PART,
    action_url,
    board_order,
    buttons,
    state_of,
    text_of,
)
from tests.orders.support.deferred_orders import history
from tests.support import factories

pytestmark = pytest.mark.django_db
BUSY = {"kind": "store_unavailable", "reason": "The kitchen is full."}
SOLD_OUT = {"why": "sold_out", "words": "no more buns"}
EVERY = ["accept", "reject", "move", "cancel", "seen"]


@pytest.fixture
def connected(location, token):
    factories.connect(location)
    return location


@pytest.mark.parametrize(
    ("state", "what", "sent", "after", "event"),
    [
        ("pending", "accept", {}, "in_progress", "order.accepted"),
        ("pending", "reject", BUSY, "rejected", "order.rejected"),
        ("in_progress", "move", {"to": "ready_for_pickup"}, "ready_for_pickup", None),
        ("ready_for_pickup", "move", {"to": "out_for_delivery"}, "out_for_delivery", None),
        ("out_for_delivery", "move", {"to": "completed"}, "completed", None),
        ("in_progress", "cancel", SOLD_OUT, "merchant_canceled", None),
    ],
)
@pytest.mark.parametrize("is_live", [True, False])
def test_an_action_moves_the_order_and_tells_stream(
    browser_client, merchant, connected, state, what, sent, after, event, is_live
):
    person = factories.user(merchant, "kitchen", full_name="Kim Cook")
    browser = browser_client(person)
    order = board_order(connected, state=State(state), fulfillment_type="merchant_managed_delivery")
    headers = {"HTTP_HX_REQUEST": "true"} if is_live else {}

    answer = browser.post(action_url(what, order), sent, **headers)

    assert state_of(order) == after
    assert history(order)[0][0] == "staff"
    assert history(order)[0][3]["by"] == "Kim Cook"
    assert OutboundEvent.objects.get().event_type == (event or "order.status.updated")
    if is_live:
        assert answer.status_code == 200
        assert answer.content.decode().startswith("<article")
        assert f'id="order-{order.pk}"' in answer.content.decode()
    else:
        assert (answer.status_code, answer["Location"]) == (302, f"{BOARD}#order-{order.pk}")


def test_the_redirect_keeps_the_location(board, location):
    order = board_order(location)
    sent = {"to": "ready_for_pickup", "location": "loc_downtown"}
    answer = board.post(action_url("move", order), sent)
    assert answer["Location"] == f"{BOARD}?location=loc_downtown#order-{order.pk}"


def test_the_returned_card_shows_the_next_actions(live, location):
    order = board_order(location, state=State.PENDING)
    assert buttons(live.post(action_url("accept", order))) == ["Ready", "Cancel"]
    assert buttons(live.post(action_url("move", order), {"to": "ready_for_pickup"})) == [
        "Complete",
        "Cancel",
    ]
    assert buttons(live.post(action_url("move", order), {"to": "completed"})) == []


@pytest.mark.parametrize(
    ("what", "sent"),
    [("accept", {}), ("reject", BUSY), ("move", {"to": "ready_for_pickup"}), ("cancel", SOLD_OUT)],
)
def test_a_late_action_shows_the_current_state_on_the_card(live, location, what, sent):
    order = board_order(location, state=State.DSP_CANCELED)
    sentence = "Somebody else was faster. The order is now: Canceled by the channel."
    assert sentence in text_of(live.post(action_url(what, order), sent))
    assert state_of(order) == State.DSP_CANCELED
    live.defaults.pop("HTTP_HX_REQUEST")
    page = live.post(action_url(what, order), sent, follow=True)
    assert f"A-1: {sentence}" in text_of(page)
    assert not history(order)


@pytest.mark.parametrize(
    "to", ["", "pending", "in_progress", "rejected", "dsp_canceled", "\0", "x"]
)
def test_an_invalid_move_changes_nothing(live, location, to):
    order = board_order(location)
    assert live.post(action_url("move", order), {"to": to}).status_code == 400
    assert state_of(order) == State.IN_PROGRESS


def test_canceling_asks_for_a_reason_and_stores_it(live, location):
    order = board_order(location, customer_name="Jane")
    asked = live.get(action_url("cancel", order))
    assert asked.status_code == 200
    assert "Cancel A-1, Jane?" in text_of(asked)
    assert "<html" not in asked.content.decode()
    live.post(action_url("cancel", order), SOLD_OUT)
    assert history(order)[0][3]["reason"] == "Something is sold out: no more buns"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"why": "customer"}, "The customer asked for it"),
        ({"why": "other", "words": "Power is out"}, "Power is out"),
    ],
)
def test_the_reason_is_stored_in_english(live, location, sent, reason):
    order = board_order(location)
    live.post(action_url("cancel", order), sent, HTTP_ACCEPT_LANGUAGE="es")
    assert history(order)[0][3]["reason"] == reason


@pytest.mark.parametrize(
    ("what", "sent"),
    [
        ("cancel", {}),
        ("cancel", {"why": "other", "words": " "}),
        ("cancel", {"why": "x"}),
        ("cancel", {"why": "customer", "words": "a\0"}),
        ("cancel", {"why": "customer", "words": "x" * 301}),
        ("reject", {}),
        ("reject", {"kind": "pos_offline"}),
        ("reject", {"kind": "other", "reason": "x" * 501}),
        ("reject", {"kind": "other", "reason": "x\0"}),
    ],
)
@pytest.mark.parametrize("is_live", [True, False])
def test_an_invalid_reason_is_asked_again(board, location, what, sent, is_live):
    before = State.PENDING if what == "reject" else State.IN_PROGRESS
    order = board_order(location, state=before)
    headers = {"HTTP_HX_REQUEST": "true"} if is_live else {}
    answer = board.post(action_url(what, order), sent, **headers)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#asked"
    assert ("<html" in answer.content.decode()) is not is_live
    assert state_of(order) == before


def test_a_rejection_sends_the_reason_to_stream(live, connected):
    live.post(action_url("reject", board_order(connected, state=State.PENDING)), BUSY)
    assert "The kitchen is full." in OutboundEvent.objects.get().body


def test_a_cancelation_is_highlighted_until_acknowledged(live, location):
    order = board_order(location, state=State.DSP_CANCELED)
    assert "Stop preparing it." in text_of(live.get(BOARD))
    answer = live.post(action_url("seen", order))
    assert "Stop preparing it." not in text_of(answer)
    order.refresh_from_db()
    first = order.seen_at
    assert first is not None
    live.post(action_url("seen", order))
    order.refresh_from_db()
    assert order.seen_at == first


@pytest.mark.parametrize("state", ["pending", "in_progress", "completed", "rejected"])
def test_only_a_cancelation_can_be_acknowledged(live, location, state):
    order = board_order(location, state=State(state))
    assert live.post(action_url("seen", order)).status_code == 200
    order.refresh_from_db()
    assert order.seen_at is None


@pytest.mark.parametrize("what", EVERY)
@pytest.mark.parametrize("state", ["pending", "in_progress", "dsp_canceled"])
def test_another_merchants_order_is_not_found(live, what, state):
    order = board_order(factories.location(factories.merchant()), state=State(state))
    sent = {**BUSY, **SOLD_OUT, "to": "ready_for_pickup"}
    assert live.post(action_url(what, order), sent).status_code == 404
    assert live.get(action_url(what, order)).status_code in (404, 405)
    assert state_of(order) == state
    assert order.seen_at is None


@pytest.mark.parametrize("what", EVERY)
def test_other_locations_are_not_found_by_a_limited_person(
    browser_client, merchant, location, what
):
    person = factories.user(merchant, "manager")
    uptown = factories.location(merchant, provider_id="loc_uptown")
    LocationAccess.objects.create(user=person, location=uptown)
    order = board_order(location)
    browser = browser_client(person)
    sent = {**BUSY, **SOLD_OUT, "to": "ready_for_pickup"}
    assert browser.post(action_url(what, order), sent).status_code == 404
    assert state_of(order) == State.IN_PROGRESS
    theirs = board_order(uptown)
    assert browser.post(action_url("move", theirs), sent).status_code == 302
    assert state_of(theirs) == State.READY_FOR_PICKUP


@pytest.mark.parametrize("what", EVERY)
def test_an_unknown_order_is_not_found(live, what):
    assert live.post(action_url(what, uuid.uuid4()), BUSY).status_code == 404
    assert live.post(f"{PART}nonsense/{what}/").status_code == 404


@pytest.mark.parametrize("what", EVERY)
def test_a_view_only_person_moves_nothing(kitchen, location, monkeypatch, what):
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    order = board_order(location)
    assert kitchen.post(action_url(what, order), {"to": "ready_for_pickup"}).status_code == 403
    assert state_of(order) == State.IN_PROGRESS


@pytest.mark.parametrize("what", EVERY)
def test_anonymous_visitors_move_nothing(client, location, what):
    order = board_order(location)
    assert client.post(action_url(what, order)).status_code == 302
    assert client.post(action_url(what, order), HTTP_HX_REQUEST="true").status_code == 401
    assert state_of(order) == State.IN_PROGRESS


@pytest.mark.parametrize("what", ["accept", "move", "seen"])
def test_get_requests_move_nothing(live, location, what):
    assert live.get(action_url(what, board_order(location))).status_code == 405


def test_an_action_needs_a_csrf_token(owner, location):
    strict = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    strict.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    order = board_order(location)
    assert strict.post(action_url("move", order), {"to": "ready_for_pickup"}).status_code == 403
    assert state_of(order) == State.IN_PROGRESS


@pytest.mark.parametrize("is_collision", [True, False])
def test_a_database_conflict_becomes_a_message(live, location, monkeypatch, is_collision):
    class Deadlock(Exception):
        sqlstate = "40P01" if is_collision else "57P01"

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError from Deadlock()

    monkeypatch.setattr(acceptance, "accept", fail)
    monkeypatch.setattr(transitions, "move", fail)
    order = board_order(location, state=State.PENDING)
    for what in ("accept", "move"):
        answer = live.post(action_url(what, order), {"to": "ready_for_pickup"})
        if is_collision:
            assert "Nothing was saved: someone else is changing the same" in text_of(answer)
        else:
            assert answer.status_code == 503  # The database is away.
    assert Order.objects.get().state == State.PENDING
