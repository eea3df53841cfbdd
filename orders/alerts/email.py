"""Alerts by e-mail: one mail per location about all of its new alerts, sent once."""

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
# Errors of one mail or one location's addresses, which do not affect other mails.
_MAIL_ERRORS = (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused, ValueError)


def send_new() -> int:
    """Mail the open alerts that are new and return their number. Never call it in a transaction.

    The next run retries those that could not be sent. A worker killed while sending leaves its
    alerts unmailed: the pages still show them.
    """
    if not settings.EMAIL_IS_SET:
        return 0
    new = _new().select_related("location__merchant", "order").order_by("location_id", "pk")
    sent = 0
    for location, calls in groupby(new[:_AT_ONCE], key=lambda call: call.location):
        try:
            sent += _send(location, list(calls))
        except _MAIL_ERRORS as error:
            log.warning("The mail for location %s was refused: %s", location.provider_id, error)
        except OSError as error:  # The server is unreachable.
            log.warning("No alerts can be mailed: %s", error)
            break
    return sent


def _new() -> "QuerySet[StaffCall]":
    return StaffCall.objects.filter(ended_at=None, mailed_at=None)


def _receivers(location: Location) -> list[str]:
    """Return the location's own addresses, or else those of the merchant's owners."""
    owners = User.objects.filter(merchant=location.merchant_id, role=Role.OWNER, is_active=True)
    return location.call_addresses or list(owners.order_by("email").values_list("email", flat=True))


def _send(location: Location, calls: list[StaffCall]) -> int:
    """Mail the alerts that no other worker is sending. Raises the mail client's errors."""
    receivers = _receivers(location)
    if not receivers:
        return 0
    now = timezone.now()
    # Of two workers, one wins each alert.
    claimed = [call for call in calls if _new().filter(pk=call.pk).update(mailed_at=now)]
    if not claimed:
        return 0
    try:
        _mail(location, claimed, receivers).send()
    except BaseException:
        StaffCall.objects.filter(pk__in=[call.pk for call in claimed]).update(mailed_at=None)
        raise
    return len(claimed)


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
            "mail/alert.txt", {"rows": rows, "location": _one_line(str(location))}
        ),
        to=receivers,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: prevents automatic replies.
    )


def _one_line(text: str) -> str:
    """Join a channel's or merchant's text to one line, so that it cannot forge another one."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())
