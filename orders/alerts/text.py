"""The text of an alert: one sentence, and the page to look at."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from catalog.models import DefaultDecision
from orders.lifecycle import acceptance
from orders.models import StaffCall

Reason = StaffCall.Reason


def sentence(call: StaffCall) -> str:
    """Say what is wrong and what to do, in the location's own time, without personal data."""
    if call.order is None:
        return "Nobody is watching the order board, and orders wait for staff: open it on a screen."
    place, order = call.location, call.order
    if call.reason == Reason.LATE:
        return f"{order} was due at {place.local(order.due_at):%H:%M}: is it ready?"
    decided_at = place.local(order.created_at + acceptance.STAFF_HAVE)
    then = DefaultDecision(place.default_decision).label
    deadline = f"{decided_at:%H:%M:%S}"
    return f"{order} is waiting: accept or reject it. At {deadline} it {then} automatically."


def path(call: StaffCall) -> str:
    """Return the path of the order on its location's board, or of the board."""
    place = urlencode({"location": call.location.provider_id})
    mark = f"#order-{call.order_id}" if call.order_id else ""
    return f"{reverse('board:page')}?{place}{mark}"


def link(call: StaffCall) -> str:
    """Return the same page as a public URL."""
    return settings.PUBLIC_URL + path(call)
