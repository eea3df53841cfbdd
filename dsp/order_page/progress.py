"""The progress of an order, in plain words for its guest.

The history's own details are English and partly for staff, so every text here follows from a state.
"""

from django.utils.translation import gettext as _

from dsp.models import ChannelOrder, Refund
from dsp.orders.shown_state import SENDING

from . import words

State = ChannelOrder.State
_GOOD = (State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY, State.COMPLETED)
_BAD = (State.FAILED, State.CANCELED, State.GIVEN_UP, State.EXPIRED)


def sentence(order: ChannelOrder, shown: str) -> str:
    """Return the state as the headline of the page; `shown` is that of shown_state."""
    waiting = _("Waiting for the restaurant")
    sentences: dict[str, str] = {
        State.AWAITING_PAYMENT: _("Waiting for the payment"),
        State.PLACED: _("Sending your order to the restaurant"),
        SENDING: _("Sending your order to the restaurant"),
        State.HELD: _("Ordered for later"),
        State.SENT: waiting,
        State.UNCONFIRMED: waiting,
        State.ACCEPTED: _("The restaurant is making your order"),
        State.READY: _("Your order is ready"),
        State.OUT_FOR_DELIVERY: _("Your order is on its way"),
        State.COMPLETED: _("Done. Enjoy your meal!"),
        State.FAILED: _("The restaurant could not take your order"),
        State.CANCELED: _("The restaurant canceled your order"),
        State.GUEST_CANCELED: _("You canceled this order"),
        State.GIVEN_UP: _("The restaurant did not answer, so the order is canceled"),
        State.EXPIRED: _("This order was not paid in time"),
    }
    return sentences.get(shown, order.state)


def hint(order: ChannelOrder) -> str:
    """Return what the guest can do or expect."""
    if order.state == State.UNCONFIRMED:
        return _("This takes longer than usual. Nothing is lost; we keep asking.")
    if order.state == State.READY:
        return _("Drive to the window, say your number and pay there.")
    if order.state == State.ACCEPTED:
        return _("Say your number at the window and pay there.")
    reason = _reason(order.failure_reason) if order.state == State.FAILED else ""
    is_free = order.is_unpaid and order.state in (*_BAD, State.GUEST_CANCELED)
    return f"{reason} {_('You have nothing to pay.') if is_free else ''}".strip()


def tone(state: str) -> str:
    """Return how the state is colored: ok, error or plain."""
    return "ok" if state in _GOOD else "error" if state in _BAD else "plain"


def step(state: str) -> str:
    """Return a past step, for the history."""
    steps: dict[str, str] = {
        State.AWAITING_PAYMENT: _("Ordered"),
        State.PLACED: _("Ordered"),
        State.HELD: _("Ordered for later"),
        State.SENT: _("The restaurant has it"),
        State.UNCONFIRMED: _("No answer from the restaurant yet"),
        State.ACCEPTED: _("Accepted"),
        State.READY: _("Ready"),
        State.OUT_FOR_DELIVERY: _("On its way"),
        State.COMPLETED: _("Done"),
        State.FAILED: _("Not taken"),
        State.CANCELED: _("Canceled by the restaurant"),
        State.GUEST_CANCELED: _("Canceled by you"),
        State.GIVEN_UP: _("Canceled: no answer"),
        State.EXPIRED: _("Not paid in time"),
    }
    return steps.get(state, state)


def refund(owed: Refund) -> str:
    amount = words.money(owed.amount, owed.currency)
    if owed.state == Refund.State.DONE:
        return _("%(amount)s is on its way back to you.") % {"amount": amount}
    return _("You get %(amount)s back. We are seeing to it.") % {"amount": amount}


def _reason(reason: str) -> str:
    sentences = {
        "items_unavailable": _("Something in it is sold out. Please choose again."),
        "pos_missing_items": _("Something in it is not available. Please choose again."),
        "restaurant_not_accepting_orders": _("It takes no orders at the moment."),
        "store_disconnected": _("Online ordering is not available at the moment."),
    }
    return sentences.get(reason, _("Please try again, or ask at the restaurant."))
