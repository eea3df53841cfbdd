"""The page "Dry run": an order is judged and explained, and nothing is written."""

import json

import pytest
import time_machine
from django.apps import apps
from django.test import Client

from catalog.locations import pause as location_pause
from catalog.models import LocationAccess
from orders.models import InboundEvent, Order
from orders.validation import rules as order_rules
from tests.orders.support import steakhouse
from tests.orders.support.steakhouse import DONE, FRIES, RICE, steak
from tests.orders.support.stream_orders import NOW, at_location, line, order
from tests.support import factories

PAGE = "/admin/orders/order/rehearsal/"


@pytest.fixture(autouse=True)
def menu(merchant, location):
    steakhouse.make_menu(merchant)


@pytest.fixture
def client(browser_client, owner):
    return browser_client(owner)


def _judge(client, sent, **fields):
    body = sent if isinstance(sent, str) else json.dumps(sent)
    answer = client.post(PAGE, {"body": body, **fields})
    assert answer.status_code == 200
    return answer


def _result(answer):
    result = answer.context_data["found"]
    assert result is not None, answer.context_data["form"].errors
    return result


def _verdicts(answer):
    return {row.title: (str(row.result), row.reasons) for row in _result(answer).verdicts}


def _rows():
    """Count the rows of every table."""
    models = [*apps.get_app_config("orders").get_models()]
    models += [*apps.get_app_config("catalog").get_models()]
    models += [*apps.get_app_config("integration").get_models()]
    return {model.__name__: model.objects.count() for model in models}


def test_a_valid_order_would_be_accepted_but_is_not(client):
    at_location("fam_soda", stock_count=5)
    before = _rows()
    sent = order(line("fam_soda", 300, 2, name="Soda"), line(None, 99, name="Markup"), tax=10)

    answer = _judge(client, {"type": "order.created", "object": sent})

    result = _result(answer)
    assert (result.status, json.loads(result.answer)) == (
        200,
        {"order": {"provider_id": "id of the new order", "prep_time_minutes": 20}},
    )
    assert [(row.label, row.theirs, row.ours) for row in result.lines] == [
        ("Soda", "3.00 USD", "2.50 USD"),
        ("Markup", "0.99 USD", "–"),
    ]
    assert (result.theirs, result.ours, result.total) == ("6.99 USD", "5.99 USD", "7.09 USD")
    assert {outcome for outcome, _ in _verdicts(answer).values()} == {"passed", "does not apply"}
    assert _rows() == before
    assert "It would be accepted" in answer.content.decode()


def test_only_the_object_may_be_pasted(client):
    assert _result(_judge(client, order(line("fam_soda", 250)))).status == 200


@time_machine.travel(NOW, tick=False)
def test_each_rule_has_its_verdict_with_its_reasons(client, location):
    location_pause.pause(location)
    at_location("fam_soda", stock_count=1)
    lines = [line("fam_soda", 200, 2), line("fam_steak", 3000, 1, FRIES, RICE)]

    answer = _judge(client, order(*lines, source="uber"))

    verdicts = _verdicts(answer)
    assert verdicts["The location is not paused"] == (
        "refused",
        ["Downtown is paused for now; resume it in the POS."],
    )
    assert verdicts["The channel is switched on"] == ("passed", [])
    assert verdicts["It is paid, or drive-thru"] == ("does not apply", [])
    assert verdicts["Required groups have choices"] == (
        "refused",
        [
            "Steak needs 1 choice from “Cooking”, and the order has none: publish the menu to the"
            " channel again."
        ],
    )
    assert verdicts["Everything is available in sufficient quantity"] == (
        "refused",
        ["Soda: 1 left."],
    )
    assert verdicts["No price is below ours"][1][-1] == (
        "At our prices the subtotal is 35.00 USD; the order says 34.00 USD."
    )
    assert [rule.title for rule in order_rules.RULES] == list(verdicts)[-len(order_rules.RULES) :]
    assert "It would be refused" in answer.content.decode()


def test_the_answer_equals_the_one_stream_gets(client, stream, merchant):
    sent = order(line("fam_soda", 200), line("fam_x", 1))

    result = _result(_judge(client, sent))
    real = stream.order(**sent)

    assert (result.status, result.answer) == (real.status_code, real.content)


def test_an_order_would_be_pending_where_staff_accept(client, location):
    location.acceptance_mode = "manual"
    location.save()
    result = _result(_judge(client, order(line("fam_soda", 250))))
    assert json.loads(result.answer)["order"]["async_acceptance"] is True


def test_a_new_order_a_repeat_and_a_reused_key_are_told_apart(client, stream):
    sent = steak(DONE, FRIES, RICE)
    assert _result(_judge(client, sent)).standing.startswith("New:")
    first = stream.order(**sent)

    repeat = _result(_judge(client, sent))
    reused = _result(_judge(client, sent | {"tax": 1}))

    assert repeat.standing.startswith("A repeat:")
    assert (repeat.status, repeat.answer) == (200, first.content)
    assert "used" not in repeat.standing
    assert reused.standing.startswith("Key reused: an order with this key was accepted before")
    assert (reused.status, reused.answer) == (400, stream.order(**sent | {"tax": 1}).content)
    history = [event.what for event in Order.objects.get().history.all()]
    assert history == ["Order accepted", "The key came again with other content"]  # By Stream.


@pytest.mark.parametrize(
    ("sent", "title", "reason"),
    [
        (order(idempotency_key=None), "It has a key or an order ID", "idempotency_key"),
        (order(line_items=[]), "Its size and amounts are plausible", "The order has no items"),
    ],
)
def test_a_failure_before_the_rules_is_explained(client, sent, title, reason):
    verdicts = _verdicts(_judge(client, sent))

    result, [text] = verdicts[title]
    assert (result, reason in text) == ("refused", True)
    assert verdicts["No price is below ours"] == ("not checked", [])


def test_an_archived_location_accepts_nothing(client, location):
    location_pause.archive(location)
    result = _result(_judge(client, order()))
    assert (result.status, result.verdicts[2].result) == (400, "refused")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "Paste an order."),
        ('{\n "a": 1,\n "b" 2}', "Line 3, column 6: this is not JSON"),
        ("[1]", "The body must be a JSON object"),
        ("NaN", "The body is not valid JSON"),
        ("[" * 100_000, "It is nested too deep"),
        ("9" * 5000, "a number that is too long"),
        ('{"type": 5}', "type is missing or not a text."),
        ('{"type": "order.updated", "object": {}}', "This is order.updated; paste an"),
        ('{"line_items": [], "location_id": "x"}', "object.subtotal is missing."),
        ('{"location_id": "\\ud800\\u0000", "line_items": [], "subtotal": 0}', "not yours"),
        ("\x00", "Null characters"),
        ("x" * 1_000_001, "at most 1000000 characters"),
    ],
)
def test_unreadable_text_is_explained(client, body, expected):
    answer = _judge(client, body)

    assert answer.context_data["found"] is None
    assert expected in str(answer.context_data["form"].errors.as_text())
    assert not InboundEvent.objects.exists()


def test_an_order_can_be_judged_at_another_location(client, location):
    sent = order(line("fam_soda", 250), location_id="loc_x")

    refused = _judge(client, sent)
    judged = _judge(client, sent, location=location.provider_id)

    assert "The order names location loc_x, which is not yours. Choose one." in str(
        refused.context_data["form"].errors
    )
    assert _result(judged).status == 200
    assert _result(judged).note.startswith("The order names location loc_x")


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_every_role_may_use_the_dry_run(browser_client, merchant, role):
    client = browser_client(factories.user(merchant, role))
    assert "Would this order be accepted?" in client.get(PAGE).content.decode()
    assert _result(_judge(client, order(line("fam_soda", 250)))).status == 200


def test_another_merchants_location_and_menu_are_not_available(browser_client, location):
    casa = factories.merchant(name="Casa Verde")
    factories.location(casa, provider_id="loc_casa", name="Casa Uno")
    client = browser_client(factories.user(casa))

    named = _judge(client, order(line("fam_soda", 250)))
    chosen = _judge(client, order(), location="loc_downtown")
    at_home = _judge(client, order(line("fam_soda", 250)), location="loc_casa")

    assert "not yours" in str(named.context_data["form"].errors)
    assert "location" in chosen.context_data["form"].errors
    assert "Downtown" not in chosen.content.decode()
    assert _verdicts(at_home)["Every item is on the menu, with its size"][0] == "refused"


def test_a_limited_person_uses_the_dry_run_at_their_own_locations(
    browser_client, merchant, location
):
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    limited = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=limited, location=uptown)
    client = browser_client(limited)

    elsewhere = _judge(client, order(line("fam_soda", 250)))
    here = _judge(client, order(line("fam_soda", 250), location_id="loc_uptown"))

    assert "not yours" in str(elsewhere.context_data["form"].errors)
    assert "Downtown" not in elsewhere.content.decode()
    assert _result(here).status == 200


def test_anonymous_visitors_must_sign_in(db):
    assert Client(SERVER_NAME="127.0.0.1").get(PAGE).status_code == 302


def test_our_own_staff_choose_a_merchant_first(browser_client, merchant):
    client = browser_client(factories.user(None, "", is_superuser=True))
    assert merchant.name in client.get(PAGE).content.decode()
    assert "Dry run: choose a merchant" in client.get(PAGE).content.decode()
    assert _result(_judge(client, order(), merchant=str(merchant.pk))).location.merchant == merchant


def test_the_dry_run_is_linked_from_the_admin(client):
    assert f'href="{PAGE}"' in client.get("/admin/").content.decode()
    assert client.get("/admin/orders/order/").content.decode().count(f'href="{PAGE}"') == 2


def test_a_received_event_can_be_loaded_into_the_dry_run(client, stream, browser_client):
    stream.order(**order(line("fam_x", 1, name="Pie")))
    event = InboundEvent.objects.get()
    address = f"{PAGE}?event={event.pk}"
    page = client.get(f"/admin/orders/inboundevent/{event.pk}/change/").content.decode()
    assert f'href="{address}&amp;merchant={event.merchant_id}"' in page

    assert "Pie" in client.get(address).content.decode()
    foreign = browser_client(factories.user(factories.merchant(name="Casa")))
    assert "Pie" not in foreign.get(address).content.decode()
    for wrong in ("0", "x", "9" * 30, "٣"):
        assert client.get(PAGE, {"event": wrong}).status_code == 200
