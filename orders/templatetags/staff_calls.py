"""`{% load staff_calls %}{% staff_calls %}`: the open alerts on a page."""

from typing import Any

from django import template
from django.http import HttpRequest

from integration.models import User
from orders.alerts import service as alerts
from orders.alerts import text as alert_text
from orders.models import StaffCall

register = template.Library()

MOST_SHOWN = 3


@register.inclusion_tag("includes/alerts.html", takes_context=True)
def staff_calls(context: dict[str, Any]) -> dict[str, Any]:
    """Return the alerts of a signed-in user who may see orders, in one query; else nothing."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.has_perm("orders.view_order"):
        return {}
    calls = alerts.open_for(user, limit=MOST_SHOWN + 1)
    is_own_staff = user.merchant_id is None
    return {
        "shown": [_row(call, is_own_staff) for call in calls[:MOST_SHOWN]],
        "are_more": len(calls) > MOST_SHOWN,
    }


def _row(call: StaffCall, is_own_staff: bool) -> dict[str, Any]:
    return {
        "call": call,
        "place": f"{call.location.merchant}: {call.location}" if is_own_staff else call.location,
        "sentence": alert_text.sentence(call),
        "since": call.since,
        "since_there": f"{call.location.local(call.since):%H:%M:%S}",
        "path": alert_text.path(call),
    }
