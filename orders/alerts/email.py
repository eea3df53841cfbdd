"""Calls a location's people by e-mail: one mail about everything that is new, once."""

import logging
import smtplib
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from catalog.models import Location
from integration.models import User
from integration.roles import Role
from orders.models import StaffCall

from . import text as alert_text

log = logging.getLogger(__name__)

_AT_ONCE = 200
# Of one mail, or of one location's addresses: the others can be sent all the same.
_OF_ONE = (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused, ValueError)


def send_new() -> int:
    """Mails the open calls that nobody was mailed about; returns how many. Never in a transaction.

    What could not be sent is tried again when this runs the next time. A worker that is killed
    while it sends leaves its calls unmailed: the pages still show them.
    """
    if not settings.EMAIL_IS_SET:
        return 0
    new = _new().select_related("location__merchant", "order").order_by("location_id", "pk")
    sent = 0
    for location, calls in groupby(new[:_AT_ONCE], key=lambda call: call.location):
        try:
            sent += _send(location, list(calls))
        except _OF_ONE as error:
            log.warning("The mail of location %s was not taken: %s", location.provider_id, error)
        except OSError as error:  # The server is away.
            log.warning("No mail can be sent about calls: %s", error)
            break
    return sent


def _new() -> "QuerySet[StaffCall]":
    return StaffCall.objects.filter(ended_at=None, mailed_at=None)


def _receivers(location: Location) -> list[str]:
    """The location's own addresses; without any, the merchant's owners'."""
    owners = User.objects.filter(merchant=location.merchant_id, role=Role.OWNER, is_active=True)
    return location.call_addresses or list(owners.order_by("email").values_list("email", flat=True))


def _send(location: Location, calls: list[StaffCall]) -> int:
    """Leaves out what another worker is sending. Raises what the mail server's client raises."""
    receivers = _receivers(location)
    if not receivers:
        return 0
    now = timezone.now()
    # Of two workers one wins each.
    mine = [call for call in calls if _new().filter(pk=call.pk).update(mailed_at=now)]
    if not mine:
        return 0
    try:
        _mail(location, mine, receivers).send()
    except BaseException:
        StaffCall.objects.filter(pk__in=[call.pk for call in mine]).update(mailed_at=None)
        raise
    return len(mine)


def _mail(location: Location, calls: list[StaffCall], receivers: list[str]) -> EmailMessage:
    rows = [
        {
            "sentence": _one_line(alert_text.sentence(call)),
            "since": f"{location.local(call.since):%H:%M:%S} ({location.timezone})",
            "link": alert_text.link(call),
        }
        for call in calls
    ]
    first = calls[0].get_reason_display()
    more = f" (and {len(calls) - 1} more)" if len(calls) > 1 else ""
    return EmailMessage(
        subject=_one_line(f"[Stream POS] {location}: {first}{more}")[:200],
        body=render_to_string(
            "mail/call.txt", {"rows": rows, "location": _one_line(str(location))}
        ),
        to=receivers,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: nobody's absence note answers.
    )


def _one_line(text: str) -> str:
    """What a channel or a merchant wrote cannot begin a line of its own, in header or body."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
