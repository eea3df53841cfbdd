"""Order events at the door: answered without Django's request, as by the view."""

import json

import pytest
from django.db import OperationalError
from rest_framework.exceptions import APIException

from catalog.compiled import store as compiled_menus
from integration.monitoring import counters
from integration.oauth import access_tokens
from orders.inbound import views
from orders.models import InboundEvent, Order
from stream_pos.door.application import Request
from stream_pos.door.direct import orders
from tests.orders.support.stream_orders import line, make_menu, order
from tests.support import factories

_EVENT = {"type": "order.created", "object": order(line("fam_soda", 250))}


@pytest.fixture(autouse=True)
def _connection_of_the_test(monkeypatch):
    monkeypatch.setattr(orders, "close_old_connections", lambda: None)


def _ask(body, authorization):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {b"authorization": authorization.encode()} if authorization else {}
    [response] = orders.answer([Request(headers, content)])
    return response


def test_an_order_is_stored_and_repeated_by_door_and_view_alike(stream, merchant, token):
    make_menu(merchant)
    compiled_menus.refresh(merchant)

    first = _ask(_EVENT, f"Bearer {token.raw}")
    again = stream.post("/orders", _EVENT)

    assert (first.status, first.headers) == (200, [(b"content-type", b"application/json")])
    assert (again.status_code, again.content) == (200, first.content)
    assert json.loads(first.content)["order"]["provider_id"] == str(Order.objects.get().pk)


@pytest.mark.parametrize(
    "body",
    [
        _EVENT | {"object": order(line("fam_none", 250))},
        {"type": "order.updated", "object": {"order_id": "unknown", "status": "completed"}},
        {"type": "order.unheard"},
        {"type": "order.created", "object": {}},
        b"{",
        b"x" * 1_000_001,
    ],
    ids=["refused", "unknown order", "unknown type", "fields missing", "not JSON", "too large"],
)
def test_other_events_are_answered_and_logged_as_by_the_view(stream, merchant, token, body):
    make_menu(merchant)
    answers = [_ask(body, f"Bearer {token.raw}"), stream.post("/orders", body)]

    assert [answers[0].status, answers[0].content] == [answers[1].status_code, answers[1].content]
    door, view = InboundEvent.objects.order_by("pk").values("outcome", "body", "status_code")
    assert door == view


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic abc"])
@pytest.mark.parametrize("body", [_EVENT, b"{", b"x" * 1_000_001])
def test_without_access_the_answer_is_that_of_the_view(stream, authorization, body):
    stream.headers = {"HTTP_AUTHORIZATION": authorization} if authorization else {}

    by_door, by_view = _ask(body, authorization), stream.post("/orders", body)

    assert by_door.status == by_view.status_code == 401
    assert json.loads(by_door.content) == json.loads(by_view.content)
    assert dict(by_door.headers)[b"www-authenticate"].decode() == by_view["WWW-Authenticate"]
    assert not InboundEvent.objects.exists()


def test_a_token_without_the_scope_is_answered_403_as_by_the_view(stream, owner):
    token = factories.access_token(owner, scope="catalog:read")
    stream.headers = {"HTTP_AUTHORIZATION": f"Bearer {token.raw}"}

    by_door, by_view = _ask(_EVENT, f"Bearer {token.raw}"), stream.post("/orders", _EVENT)

    assert by_door.status == by_view.status_code == 403
    assert json.loads(by_door.content) == json.loads(by_view.content)
    assert dict(by_door.headers)[b"www-authenticate"].decode() == by_view["WWW-Authenticate"]


def test_without_the_database_an_order_is_answered_503(monkeypatch):
    def fail(*_):
        raise OperationalError("The server is away.")

    reported = []
    monkeypatch.setattr(views, "handle", fail)
    monkeypatch.setattr(orders.outages, "report", reported.append)

    response = _ask(_EVENT, "Bearer t")

    assert (response.status, dict(response.headers)[b"retry-after"]) == (503, b"5")
    assert len(reported) == 1


def test_a_mistake_of_ours_is_a_500_in_json_and_no_access_is_not_counted(monkeypatch):
    def count():
        return (
            counters.registry().get_sample_value("stream_pos_orders_total", {"outcome": "failed"})
            or 0
        )

    def fail(error):
        def handle(*_):
            raise error

        monkeypatch.setattr(views, "handle", handle)

    before = count()
    fail(APIException())
    _ask(_EVENT, "Bearer t")
    assert count() == before
    fail(ValueError("A mistake."))
    response = _ask(_EVENT, "Bearer t")
    assert (response.status, json.loads(response.content)["error"]) == (500, "server_error")
    assert count() == before + 1


def test_both_addresses_of_orders_go_this_way():
    assert {path for _, path in orders.ROUTES} == {"/stream-pos/v1/orders", "/v1/orders"}
    assert {method for method, _ in orders.ROUTES} == {"POST"}


def test_an_order_asks_for_its_token_with_the_rest(stream, merchant, token, monkeypatch):
    make_menu(merchant)

    def find(*_):
        raise AssertionError("asked alone")

    monkeypatch.setattr(access_tokens, "find", find)
    assert _ask(_EVENT, f"Bearer {token.raw}").status == 200
