"""E-mails about new alarms, one for each: to the operators, or to the owners concerned."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from integration.models import Alarm, User
from integration.roles import Role

from . import alarms

log = logging.getLogger(__name__)

_AT_ONCE = 50


def send_new() -> int:
    """E-mail the open alarms not mailed yet; return how many. Never call it in a transaction.

    A mail that could not be sent is retried at the next run. A worker that is killed while sending
    leaves its alarm unmailed; the pages still show it.
    """
    if not settings.EMAIL_IS_SET:
        return 0
    operators = _operators()
    sent = 0
    for alarm in _new().select_related("merchant").order_by("pk")[:_AT_ONCE]:
        receivers = _owners(alarm) or operators
        try:
            sent += bool(receivers) and _send(alarm, receivers)
        except smtplib.SMTPDataError as error:  # The server rejects only this mail.
            log.warning("The mail about alarm %s was rejected: %s", alarm.pk, error)
        except (
            OSError,
            ValueError,
        ) as error:  # The server is unreachable, or an address is invalid.
            log.warning("Alarm mails cannot be sent: %s", error)
            break
    return sent


def _new() -> QuerySet[Alarm]:
    return Alarm.objects.filter(resolved_at=None, emailed_at=None)


def _owners(alarm: Alarm) -> list[str]:
    """Return the owners' addresses, if the alarm is theirs alone."""
    if alarm.kind != Alarm.Kind.PERSON:
        return []
    owners = User.objects.filter(merchant=alarm.merchant, role=Role.OWNER, is_active=True)
    return list(owners.order_by("email").values_list("email", flat=True))


def _operators() -> list[str]:
    """Return the addresses of the setting, or else those of our own staff."""
    own_staff = User.objects.filter(merchant=None, is_active=True).order_by("email")
    return settings.OPERATOR_EMAILS or list(own_staff.values_list("email", flat=True))


def _send(alarm: Alarm, receivers: list[str]) -> bool:
    """Send the mail; return False if another worker does. Raise what the mail client raises."""
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
    owner = alarm.merchant.name if alarm.merchant else "every merchant"
    context = {
        "alarm": alarm,
        "message": _one_line(alarm.message),
        "whose": _one_line(owner),
        "shows": alarms.help_shows(alarm),
        "help_url": settings.PUBLIC_URL
        + alarms.help_path(alarm, for_own_staff=alarm.kind != Alarm.Kind.PERSON),
        "alarms_url": settings.PUBLIC_URL + reverse("admin:integration_alarm_changelist"),
    }
    return EmailMessage(
        subject=_one_line(f"[Stream POS] {alarm.get_kind_display()}: {owner}")[:200],
        body=render_to_string("mail/alarm.txt", context),
        to=receivers,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no automatic replies.
    )


def _one_line(text: str) -> str:
    """Join the text into one line, so that no foreign text begins a line in header or body."""
    printable = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(printable).split())
