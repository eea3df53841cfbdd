"""An order's state in words: why it is in it, and what staff should do."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings

from dsp.admin.base import local_time
from dsp.admin.failures import NOT_TAKEN, remedy_of_failure, title_of_failure
from dsp.models import ChannelOrder, Refund
from dsp.payments import missing
from integration import currency
from integration.db import database_time

State, Money = ChannelOrder.State, ChannelOrder.Money

SENDING = "sending"
_SENDING_LABEL = "Being handed over"
COLORS = {
    State.UNCONFIRMED.label: "danger",
    State.FAILED.label: "danger",
    State.GIVEN_UP.label: "danger",
    State.CANCELED.label: "warning",
    State.AWAITING_PAYMENT.label: "warning",
    State.PLACED.label: "info",
    State.HELD.label: "info",
    _SENDING_LABEL: "info",
    State.SENT.label: "info",
    State.ACCEPTED.label: "success",
    State.READY.label: "success",
    State.OUT_FOR_DELIVERY.label: "success",
    State.COMPLETED.label: "",
    State.GUEST_CANCELED.label: "",
    State.EXPIRED.label: "",
}


class Advice(NamedTuple):
    """Two sentences; `section` is the part of the order's page that has the button, or empty."""

    why: str
    to_do: str = ""
    section: str = ""
    button: str = ""


def label_of(state: str) -> str:
    return _SENDING_LABEL if state == SENDING else State(state).label


def advise(order: ChannelOrder, state: str) -> Advice:
    """Explain the order in its shown state. No query if its store and refund are loaded."""
    refund = getattr(order, "refund", None)
    if order.money == Money.DUE and refund is not None:
        return Advice(why_in(order, state), _while_owed(refund), "refund", "Refund")
    if order.accept_count > 1:
        to_do = "Call the restaurant and ask that it makes it once."
        return Advice("Stream accepted it twice, so the kitchen may have it twice.", to_do)
    if state == State.UNCONFIRMED:
        return Advice(why_in(order, state), _while_unconfirmed(order), "cancel", "Cancel")
    if state == State.FAILED:
        remedy = remedy_of_failure(order.failure_reason)
        section = ("events", "Attempts") if order.failure_reason in NOT_TAKEN else ("", "")
        return Advice(why_in(order, state), f"{remedy}." if remedy else "", *section)
    if state == SENDING:
        return Advice(why_in(order, state), "See its attempts if it lasts.", "events", "Attempts")
    return Advice(why_in(order, state), _until_captured(order))


def _while_owed(refund: Refund) -> str:
    amount = currency.as_text(refund.amount, refund.currency)
    if refund.kind == Refund.Kind.VOID:
        return f"Release the {amount} that were authorized, then mark that as done."
    return f"Pay back {amount}, then mark the refund as done."


def _until_captured(order: ChannelOrder) -> str:
    step = missing.step_of(order)
    if step is None or step.kind != missing.Missing.CAPTURE_DUE:
        return ""
    amount = currency.as_text(step.amount, order.currency)
    return f"Its payment was authorized only: capture {amount}."


def _while_unconfirmed(order: ChannelOrder) -> str:
    until = order.state_since + timedelta(seconds=settings.DSP.give_up_seconds)
    phone = f" ({order.store.phone})" if order.store.phone else ""
    return (
        f"Call the restaurant{phone}; if it cannot make it, cancel for the guest. Without an"
        f" answer we cancel at {local_time(order.store, until)[-5:]}."
    )


def _while_held(order: ChannelOrder) -> str:
    if order.send_at is None:
        return "It is for later."
    if order.send_at <= database_time.now():
        return "Its time has come, but the store is paused: it is handed over after the pause."
    return f"It is handed over on {local_time(order.store, order.send_at)}."


def why_in(order: ChannelOrder, state: str) -> str:
    """Say in one sentence why the order is in that state."""
    if state == State.FAILED:
        return f"{title_of_failure(order.failure_reason)}."
    ready = local_time(order.store, order.ready_at)[-5:]
    sentences = {
        State.AWAITING_PAYMENT: "The guest has not paid yet.",
        State.PLACED: "It is handed over to Stream in a moment.",
        State.HELD: _while_held(order),
        SENDING: "We try to hand it over to Stream.",
        State.SENT: "Stream has it; the restaurant has yet to accept it.",
        State.UNCONFIRMED: "Stream has it, but the restaurant does not answer.",
        State.ACCEPTED: f"The restaurant makes it, ready at {ready}.",
        State.READY: "It waits for the guest.",
        State.OUT_FOR_DELIVERY: "It is on its way.",
        State.COMPLETED: "The guest has it.",
        State.CANCELED: "The restaurant canceled it.",
        State.GUEST_CANCELED: "It was canceled for the guest.",
        State.GIVEN_UP: "The restaurant never answered, so we canceled it.",
        State.EXPIRED: "The guest never paid.",
    }
    return sentences.get(state, label_of(state))
