"""Only events with a valid token and the right scope are logged, exactly as received."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration.models import AccessToken, User
from integration.oauth import authorizations
from orders.models import InboundEvent, Order
from tests.orders.support import stream_orders
from tests.support import factories
from tests.support.stream import Stream

BODY = b'{"type":"order.created", "object":{"customers":[{"name":"Annabel Leigh"}]}}'


def test_what_is_authenticated_is_kept_as_it_came(stream):
    assert stream.post("/orders", BODY).status_code == 400
    kept = InboundEvent.objects.get()
    assert bytes(kept.body) == BODY
    assert kept.erased_at is None


@pytest.mark.parametrize("raw", ["", "wrong", "x" * 5_000, "Annabel Leigh", "tok\u00e9n"])
def test_without_a_token_that_we_gave_nothing_is_kept(token, location, raw):
    sender = Stream(token.raw)
    sender.headers = {"HTTP_AUTHORIZATION": f"Bearer {raw}"} if raw else {}
    good = {"type": "order.created", "object": stream_orders.order()}
    assert [sender.post("/orders", sent).status_code for sent in (BODY, good)] == [401, 401]
    assert (InboundEvent.objects.count(), Order.objects.count()) == (0, 0)


def _expire(token: Any, owner: User) -> None:
    AccessToken.objects.filter(pk=token.pk).update(expires=timezone.now() - timedelta(seconds=1))


def _revoke(token: Any, owner: User) -> None:
    AccessToken.objects.get(pk=token.pk).revoke()


def _disconnect(token: Any, owner: User) -> None:
    authorizations.revoke_all(token.merchant_id)


@pytest.mark.parametrize("end", [_expire, _revoke, _disconnect])
def test_nothing_is_kept_after_the_end_of_a_token(stream, token, owner, end):
    end(token, owner)
    assert stream.post("/orders", BODY).status_code == 401
    assert InboundEvent.objects.count() == 0


def test_nothing_is_kept_of_a_token_with_another_scope(owner, location):
    limited = factories.access_token(owner, scope="locations:read catalog:read connection:write")
    assert Stream(limited.raw).post("/orders", BODY).status_code == 403
    assert InboundEvent.objects.count() == 0


@pytest.mark.parametrize("path", ["/locations", "/catalog", "/locations/connection", "/token"])
def test_nothing_is_kept_of_another_address(stream, path):
    stream.post(path, BODY)
    assert InboundEvent.objects.count() == 0


def test_nothing_is_kept_of_another_method(stream):
    for method in ("get", "put", "patch", "delete", "head", "options"):
        getattr(stream.client, method)("/stream-pos/v1/orders", **stream.headers)
    assert InboundEvent.objects.count() == 0


def test_a_body_that_is_too_large_is_noted_without_it(stream):
    assert stream.post("/orders", b" " * 1_000_001).status_code == 400
    assert bytes(InboundEvent.objects.get().body) == b""
