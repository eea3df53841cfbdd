"""Events to the channel that are taken together: one transaction, and nobody waits for a lock."""

import json

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dsp.events import intake
from dsp.models import ChannelOrder, ReceivedEvent, Store
from tests.dsp.support.channel import new_store
from tests.dsp.support.orders import in_state
from tests.support.threads import at_once

_IS_POSTGRESQL = "postgres" in settings.DATABASES["default"]["ENGINE"]


def _pause(store_id):
    return json.dumps({"type": "location.paused", "location_id": store_id}).encode()


def _accept(order_id):
    sent = {"type": "location.order.accept", "location_id": "str_8H2K", "order_id": order_id}
    return json.dumps(sent).encode()


@pytest.mark.django_db
def test_a_store_is_read_again_for_its_second_event(store):
    resume = json.dumps({"type": "location.resume", "location_id": "str_8H2K"}).encode()
    assert intake.receive_all(store.merchant, [_pause("str_8H2K"), resume, resume]) == [None] * 3
    outcomes = ReceivedEvent.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["applied", "applied", "noted"]


@pytest.mark.django_db
def test_several_take_fewer_questions_than_each_alone(store, django_assert_max_num_queries):
    ids = [f"ord_{number}" for number in range(4)]
    for order_id in ids:
        in_state(store, "sent", provider_id=order_id)
    # Begin, store, orders; for each its order, repeat, state, history, and the archive; the store
    # for each but the first.
    with django_assert_max_num_queries(3 + 4 * 5 + 3 + 1):
        intake.receive_all(store.merchant, [_accept(order_id) for order_id in ids])
    assert set(ChannelOrder.objects.values_list("state", flat=True)) == {"accepted"}


@pytest.mark.django_db
def test_what_was_ordered_is_neither_read_nor_written(store):
    order = in_state(store, "sent")
    with CaptureQueriesContext(connection) as caught:
        intake.receive(store.merchant, _accept(order.provider_id))
    texts = [query["sql"] for query in caught if '"dsp_channelorder"' in query["sql"]]
    assert [text.partition(" ")[0] for text in texts] == ["SELECT", "UPDATE"]
    assert not any(f'"{name}"' in text for text in texts for name in ("lines", "customers"))


@pytest.mark.skipif(not _IS_POSTGRESQL, reason="SQLite locks no rows.")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [Store, ChannelOrder])
def test_several_do_not_wait_for_a_locked_row(store, kind):
    new_store(store.merchant, provider_id="str_other")
    for order_id in ("ord_1", "ord_2"):
        in_state(store, "sent", provider_id=order_id)
    bodies = [_pause("str_other"), _pause("str_8H2K"), _accept("ord_1"), _accept("ord_2")]
    row = kind.objects.order_by("pk").first()

    def take():
        with pytest.raises(OperationalError) as raised:
            intake.receive_all(store.merchant, bodies)
        return raised.value.__cause__.sqlstate

    with transaction.atomic():
        kind.objects.select_for_update().get(pk=row.pk)
        assert at_once(take) == ["55P03"]
    assert ReceivedEvent.objects.count() == 0
    assert intake.receive_all(store.merchant, bodies) == [None] * 4
