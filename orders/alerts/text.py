"""What a call says to people: one sentence, since when, and where to look."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from catalog.models import DefaultDecision
from orders.lifecycle import acceptance
from orders.models import StaffCall

Reason = StaffCall.Reason


def sentence(call: StaffCall) -> str:
    """What is the matter and what to do, in the location's own time; no personal data in it."""
    if call.order is None:
        return "Nobody looks at the order board, and orders wait for staff: open it on a screen."
    place, order = call.location, call.order
    if call.reason == Reason.LATE:
        return f"{order} was to be ready at {place.local(order.due_at):%H:%M}: is it done?"
    decided_at = place.local(order.created_at + acceptance.STAFF_HAVE)
    then = DefaultDecision(place.default_decision).label
    return f"{order} waits: accept or reject it. At {decided_at:%H:%M:%S} it {then} by itself."


def path(call: StaffCall) -> str:
    """Where to look at it: the location's board, and the order there."""
    place = urlencode({"location": call.location.provider_id})
    mark = f"#order-{call.order_id}" if call.order_id else ""
    return f"{reverse('board:page')}?{place}{mark}"


def link(call: StaffCall) -> str:
    """The same from outside."""
    return settings.PUBLIC_URL + path(call)
