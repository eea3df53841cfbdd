"""The open alarms on a page: `{% load alarms %}{% delivery_alarms %}`."""

from typing import Any

from django import template
from django.http import HttpRequest

from integration.models import User
from integration.monitoring import alarms

register = template.Library()

MOST_SHOWN = 3


@register.inclusion_tag("includes/alarms.html", takes_context=True)
def delivery_alarms(context: dict[str, Any], without: str = "") -> dict[str, Any]:
    """Load the open alarms for the signed-in user, in one query; no query for visitors.

    `without` names a kind that the page reports itself.
    """
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    open_alarms = alarms.open_for(user, without=without, limit=MOST_SHOWN + 1)
    return {
        "shown": [_row(alarm, user) for alarm in open_alarms[:MOST_SHOWN]],
        "are_more": len(open_alarms) > MOST_SHOWN,
        "may_see_list": bool(open_alarms) and user.has_perm("integration.view_alarm"),
    }


def _row(alarm: Any, user: User) -> dict[str, Any]:
    is_own_staff = user.merchant_id is None
    may_see_it = user.has_perm("integration.view_outboundevent")
    return {
        "alarm": alarm,
        "merchant": alarm.merchant if is_own_staff else None,
        "is_others_task": alarm.merchant_id is None and not is_own_staff,
        "help_path": alarms.help_path(alarm, for_own_staff=is_own_staff) if may_see_it else "",
        "shows": alarms.help_shows(alarm),
    }
