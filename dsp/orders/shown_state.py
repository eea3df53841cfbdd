"""The state of an order as it is shown: `sending` is a placed one with a first try begun."""

from collections.abc import Iterable

from dsp.models import ChannelOrder
from integration.webhooks import outbox

SENDING = "sending"


def shown_state(order: ChannelOrder) -> str:
    """Return the state of DSP-LIFE, with a query for a placed order only."""
    return shown_states([order])[order.pk]


def shown_states(orders: Iterable[ChannelOrder]) -> dict[int, str]:
    """Return the states of DSP-LIFE by the orders' keys, with one query at most."""
    listed = list(orders)
    owed = {
        order.pk: order.outbound_event_id
        for order in listed
        if order.state == ChannelOrder.State.PLACED and order.outbound_event_id is not None
    }
    progress = outbox.progress(owed.values()) if owed else {}
    begun = {key for key, event_id in owed.items() if progress[event_id].heard_at is not None}
    return {order.pk: SENDING if order.pk in begun else order.state for order in listed}
