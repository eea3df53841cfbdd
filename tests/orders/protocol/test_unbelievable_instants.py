"""An instant that can only be a mistake is refused, and the field named (ORD-NEW)."""

import pytest
import time_machine

from orders.models import Order
from tests.orders.support.stream_orders import NOW, order, reasons_in, refusal_in

pytestmark = pytest.mark.usefixtures("menu")
BEFORE = "is before the year 2020: send milliseconds since 1970, not seconds."
AFTER = "is after the year 2100: send milliseconds since 1970."


@pytest.mark.parametrize("field", ["requested_for", "placed_at"])
@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (1_796_000_000, BEFORE),
        (0, BEFORE),
        (-1, BEFORE),
        (1_577_836_799_999, BEFORE),
        (1_796_000_000.0, BEFORE),
        (4_133_980_800_000, AFTER),
        (1_796_000_000_000_000, AFTER),
    ],
)
def test_seconds_and_microseconds_are_refused(stream, field, sent, says):
    [reason] = reasons_in(refusal_in(stream.order(**order(is_future_order=True, **{field: sent}))))

    assert reason == ("other", f"object.{field} {says}")


@time_machine.travel(NOW, tick=False)
def test_the_first_and_the_last_believable_instant_are_read(stream):
    for index, sent in enumerate((1_577_836_800_000, 4_133_980_799_999)):
        answer = stream.order(**order(placed_at=sent, idempotency_key=str(index)))
        assert answer.status_code == 200

    assert [one.placed_at.year for one in Order.objects.order_by("placed_at")] == [2020, 2100]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("is_future_order", [False, None])
def test_a_time_in_the_past_does_not_matter_when_the_order_is_for_now(stream, is_future_order):
    sent = order(is_future_order=is_future_order, requested_for=1_577_836_800_000)

    assert stream.order(**sent).status_code == 200
