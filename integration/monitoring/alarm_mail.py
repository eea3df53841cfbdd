"""Tells the operators of each new alarm by e-mail, once."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from integration.models import Alarm, User

from . import alarms

log = logging.getLogger(__name__)

_AT_ONCE = 50


def send_new() -> int:
    """Mails the open alarms that nobody was told of; returns how many. Never in a transaction.

    A mail that could not be sent is tried again when this runs the next time. A worker that is
    killed while it sends leaves its alarm unmailed: the pages still show it.
    """
    receivers = _receivers() if settings.EMAIL_IS_SET else []
    if not receivers:
        return 0
    sent = 0
    for alarm in _new().select_related("merchant").order_by("pk")[:_AT_ONCE]:
        try:
            sent += _send(alarm, receivers)
        except smtplib.SMTPDataError as error:  # The server dislikes this one only.
            log.warning("The mail about alarm %s was not taken: %s", alarm.pk, error)
        except (OSError, ValueError) as error:  # The server is away, or an address is no address.
            log.warning("No mail can be sent about alarms: %s", error)
            break
    return sent


def _new() -> QuerySet[Alarm]:
    return Alarm.objects.filter(resolved_at=None, emailed_at=None)


def _receivers() -> list[str]:
    """The addresses of the setting; without it, our own staff's."""
    own_staff = User.objects.filter(merchant=None, is_active=True).order_by("email")
    return settings.OPERATOR_EMAILS or list(own_staff.values_list("email", flat=True))


def _send(alarm: Alarm, receivers: list[str]) -> bool:
    """False when another worker is sending it. Raises what the mail server's client raises."""
    now = timezone.now()
    if not _new().filter(pk=alarm.pk).update(emailed_at=now):  # Of two workers one wins.
        return False
    try:
        _mail(alarm, receivers).send()
    except BaseException:
        Alarm.objects.filter(pk=alarm.pk, emailed_at=now).update(emailed_at=None)
        raise
    return True


def _mail(alarm: Alarm, receivers: list[str]) -> EmailMessage:
    whose = alarm.merchant.name if alarm.merchant else "every merchant"
    described = {
        "alarm": alarm,
        "message": _one_line(alarm.message),
        "whose": _one_line(whose),
        "events_url": settings.PUBLIC_URL + alarms.events_path(alarm, for_own_staff=True),
        "alarms_url": settings.PUBLIC_URL + reverse("admin:integration_alarm_changelist"),
    }
    return EmailMessage(
        subject=_one_line(f"[Stream POS] {alarm.get_kind_display()}: {whose}")[:200],
        body=render_to_string("mail/alarm.txt", described),
        to=receivers,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: nobody's absence note answers.
    )


def _one_line(text: str) -> str:
    """What a receiver or a merchant wrote cannot begin a line of its own, in header or body."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
