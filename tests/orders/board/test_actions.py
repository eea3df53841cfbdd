"""What staff do with orders from the cards, with and without JavaScript."""

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
from tests.orders.support.board_pages import BOARD, PART, act, buttons, order, state_of, text_of
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
def test_a_press_moves_the_order_and_stream_hears(
    browser_client, merchant, connected, state, what, sent, after, event, is_live
):
    person = factories.user(merchant, "kitchen", full_name="Kim Cook")
    browser = browser_client(person)
    one = order(connected, state=State(state), fulfillment_type="merchant_managed_delivery")
    headers = {"HTTP_HX_REQUEST": "true"} if is_live else {}

    answer = browser.post(act(what, one), sent, **headers)

    assert state_of(one) == after
    assert history(one)[0][0] == "staff"
    assert history(one)[0][3]["by"] == "Kim Cook"
    assert OutboundEvent.objects.get().event_type == (event or "order.status.updated")
    if is_live:
        assert answer.status_code == 200
        assert answer.content.decode().startswith("<article")
        assert f'id="order-{one.pk}"' in answer.content.decode()
    else:
        assert (answer.status_code, answer["Location"]) == (302, f"{BOARD}#order-{one.pk}")


def test_the_way_back_keeps_the_location(board, location):
    one = order(location)
    sent = {"to": "ready_for_pickup", "location": "loc_downtown"}
    answer = board.post(act("move", one), sent)
    assert answer["Location"] == f"{BOARD}?location=loc_downtown#order-{one.pk}"


def test_the_card_that_comes_back_shows_what_is_possible_now(live, location):
    one = order(location, state=State.PENDING)
    assert buttons(live.post(act("accept", one))) == ["Ready", "Cancel"]
    assert buttons(live.post(act("move", one), {"to": "ready_for_pickup"})) == [
        "Complete",
        "Cancel",
    ]
    assert buttons(live.post(act("move", one), {"to": "completed"})) == []


@pytest.mark.parametrize(
    ("what", "sent"),
    [("accept", {}), ("reject", BUSY), ("move", {"to": "ready_for_pickup"}), ("cancel", SOLD_OUT)],
)
def test_who_comes_late_reads_on_the_card_what_it_is_now(live, location, what, sent):
    one = order(location, state=State.DSP_CANCELED)
    sentence = "Somebody was quicker. The order is now: Canceled by the channel."
    assert sentence in text_of(live.post(act(what, one), sent))
    assert state_of(one) == State.DSP_CANCELED
    live.defaults.pop("HTTP_HX_REQUEST")
    page = live.post(act(what, one), sent, follow=True)
    assert f"A-1: {sentence}" in text_of(page)
    assert not history(one)


@pytest.mark.parametrize(
    "to", ["", "pending", "in_progress", "rejected", "dsp_canceled", "\0", "x"]
)
def test_a_move_that_is_none_changes_nothing(live, location, to):
    one = order(location)
    assert live.post(act("move", one), {"to": to}).status_code == 400
    assert state_of(one) == State.IN_PROGRESS


def test_canceling_asks_first_and_keeps_the_reason(live, location):
    one = order(location, customer_name="Jane")
    asked = live.get(act("cancel", one))
    assert asked.status_code == 200
    assert "Cancel A-1, Jane?" in text_of(asked)
    assert "<html" not in asked.content.decode()
    live.post(act("cancel", one), SOLD_OUT)
    assert history(one)[0][3]["reason"] == "Something is sold out: no more buns"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"why": "customer"}, "The customer asked for it"),
        ({"why": "other", "words": "Power is out"}, "Power is out"),
    ],
)
def test_the_reason_is_written_in_english_whoever_cancels(live, location, sent, reason):
    one = order(location)
    live.post(act("cancel", one), sent, HTTP_ACCEPT_LANGUAGE="es")
    assert history(one)[0][3]["reason"] == reason


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
def test_what_is_no_reason_is_asked_again(board, location, what, sent, is_live):
    before = State.PENDING if what == "reject" else State.IN_PROGRESS
    one = order(location, state=before)
    headers = {"HTTP_HX_REQUEST": "true"} if is_live else {}
    answer = board.post(act(what, one), sent, **headers)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#asked"
    assert ("<html" in answer.content.decode()) is not is_live
    assert state_of(one) == before


def test_a_rejection_says_the_reason_to_stream(live, connected):
    live.post(act("reject", order(connected, state=State.PENDING)), BUSY)
    assert "The kitchen is full." in OutboundEvent.objects.get().body


def test_a_cancelation_is_loud_until_somebody_has_seen_it(live, location):
    one = order(location, state=State.DSP_CANCELED)
    assert "Stop preparing it." in text_of(live.get(BOARD))
    answer = live.post(act("seen", one))
    assert "Stop preparing it." not in text_of(answer)
    one.refresh_from_db()
    first = one.seen_at
    assert first is not None
    live.post(act("seen", one))
    one.refresh_from_db()
    assert one.seen_at == first


@pytest.mark.parametrize("state", ["pending", "in_progress", "completed", "rejected"])
def test_only_a_cancelation_can_be_seen(live, location, state):
    one = order(location, state=State(state))
    assert live.post(act("seen", one)).status_code == 200
    one.refresh_from_db()
    assert one.seen_at is None


@pytest.mark.parametrize("what", EVERY)
@pytest.mark.parametrize("state", ["pending", "in_progress", "dsp_canceled"])
def test_another_merchants_order_does_not_exist(live, what, state):
    one = order(factories.location(factories.merchant()), state=State(state))
    sent = {**BUSY, **SOLD_OUT, "to": "ready_for_pickup"}
    assert live.post(act(what, one), sent).status_code == 404
    assert live.get(act(what, one)).status_code in (404, 405)
    assert state_of(one) == state
    assert one.seen_at is None


@pytest.mark.parametrize("what", EVERY)
def test_a_limited_persons_other_locations_do_not_exist(browser_client, merchant, location, what):
    person = factories.user(merchant, "manager")
    uptown = factories.location(merchant, provider_id="loc_uptown")
    LocationAccess.objects.create(user=person, location=uptown)
    one = order(location)
    browser = browser_client(person)
    sent = {**BUSY, **SOLD_OUT, "to": "ready_for_pickup"}
    assert browser.post(act(what, one), sent).status_code == 404
    assert state_of(one) == State.IN_PROGRESS
    theirs = order(uptown)
    assert browser.post(act("move", theirs), sent).status_code == 302
    assert state_of(theirs) == State.READY_FOR_PICKUP


@pytest.mark.parametrize("what", EVERY)
def test_an_order_that_never_was_does_not_exist(live, what):
    assert live.post(act(what, uuid.uuid4()), BUSY).status_code == 404
    assert live.post(f"{PART}nonsense/{what}/").status_code == 404


@pytest.mark.parametrize("what", EVERY)
def test_who_may_only_look_moves_nothing(kitchen, location, monkeypatch, what):
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    one = order(location)
    assert kitchen.post(act(what, one), {"to": "ready_for_pickup"}).status_code == 403
    assert state_of(one) == State.IN_PROGRESS


@pytest.mark.parametrize("what", EVERY)
def test_nobody_signed_in_moves_nothing(client, location, what):
    one = order(location)
    assert client.post(act(what, one)).status_code == 302
    assert client.post(act(what, one), HTTP_HX_REQUEST="true").status_code == 401
    assert state_of(one) == State.IN_PROGRESS


@pytest.mark.parametrize("what", ["accept", "move", "seen"])
def test_looking_moves_nothing(live, location, what):
    assert live.get(act(what, order(location))).status_code == 405


def test_a_press_needs_the_token_of_the_page(owner, location):
    strict = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    strict.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    one = order(location)
    assert strict.post(act("move", one), {"to": "ready_for_pickup"}).status_code == 403
    assert state_of(one) == State.IN_PROGRESS


@pytest.mark.parametrize("is_collision", [True, False])
def test_a_collision_in_the_database_is_a_sentence(live, location, monkeypatch, is_collision):
    class Deadlock(Exception):
        sqlstate = "40P01" if is_collision else "57P01"

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError from Deadlock()

    monkeypatch.setattr(acceptance, "accept", fail)
    monkeypatch.setattr(transitions, "move", fail)
    one = order(location, state=State.PENDING)
    for what in ("accept", "move"):
        answer = live.post(act(what, one), {"to": "ready_for_pickup"})
        if is_collision:
            assert "Nothing was saved: someone else is changing the same" in text_of(answer)
        else:
            assert answer.status_code == 503  # The database is away.
    assert Order.objects.get().state == State.PENDING
