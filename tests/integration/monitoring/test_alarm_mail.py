"""The mail about a new alarm: sent to the operators once, and retried if sending failed."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail

from integration import tasks
from integration.models import Alarm, Merchant
from integration.monitoring import alarm_mail, alarms
from tests.support import factories
from tests.support.mail_server import mail_server
from tests.support.threads import at_once

Kind = Alarm.Kind


__all__ = ["mail_server"]


@pytest.fixture(autouse=True)
def operators(settings: Any) -> None:
    settings.EMAIL_IS_SET = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "pos@example.com"
    settings.OPERATOR_EMAILS = ["ops@example.com", "night@example.com"]
    settings.PUBLIC_URL = "https://pos.example.com"


def sound(
    kind: Kind = Kind.REFUSED, of: Merchant | None = None, message: str = "It answered 400."
) -> Alarm:
    alarms.raise_alarm(kind, endpoint="stream", message=message, merchant_id=of.pk if of else None)
    return Alarm.objects.get(kind=kind, merchant=of, resolved_at=None)


def is_mailed(alarm: Alarm) -> bool:
    alarm.refresh_from_db()
    return alarm.emailed_at is not None


def test_the_mail_says_what_happened_since_when_to_whom_and_where(merchant):
    with time_machine.travel(datetime(2026, 5, 4, 17, 5, tzinfo=UTC), tick=False):
        sound(of=merchant)

    assert tasks.mail_alarms() == 1

    (sent,) = mail.outbox
    assert sent.subject == "[Stream POS] The receiver refuses events: Harbor Kitchen"
    assert sent.to == ["ops@example.com", "night@example.com"]
    assert sent.from_email == "pos@example.com"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    events = "https://pos.example.com/admin/integration/outboundevent/?"
    for words in (
        "It answered 400.",
        "Since:     4 May 2026, 17:05 UTC",
        f"Merchant:  Harbor Kitchen ({merchant.provider_id})",
        "Endpoint:  stream",
        f"{events}ending__exact=refused&merchant={merchant.pk}\n",
        "https://pos.example.com/admin/integration/alarm/\n",
    ):
        assert words in sent.body


def test_a_general_alarm_says_that_it_concerns_everybody(db):
    sound(Kind.STOPPED)
    assert alarm_mail.send_new() == 1
    assert mail.outbox[0].subject == "[Stream POS] The receiver is gone (410): every merchant"


def test_an_alarm_is_mailed_once_however_often_it_happens(merchant):
    alarm = sound(of=merchant)
    alarm_mail.send_new()
    sound(of=merchant)
    assert alarm_mail.send_new() == 0
    assert is_mailed(alarm)
    alarms.dismiss(Alarm.objects.all(), by="x")
    sound(of=merchant)
    assert alarm_mail.send_new() == 1
    assert len(mail.outbox) == 2


def test_a_resolved_alarm_is_not_mailed(db):
    sound(Kind.FAILING)
    alarms.resolve(Kind.FAILING, endpoint="stream")
    assert alarm_mail.send_new() == 0
    assert mail.outbox == []


def test_without_the_setting_the_mail_goes_to_our_own_staff(merchant, settings):
    settings.OPERATOR_EMAILS = []
    factories.user(None, "", email="boss@example.com", is_superuser=True)
    factories.user(None, "", email="agent@example.com")
    factories.user(None, "", email="gone@example.com", is_active=False)
    factories.user(merchant, "owner", email="owner@example.com")
    sound(of=merchant)
    alarm_mail.send_new()
    assert mail.outbox[0].to == ["agent@example.com", "boss@example.com"]


def test_without_recipients_the_alarm_stays_unmailed(merchant, settings):
    settings.OPERATOR_EMAILS = []
    alarm = sound(of=merchant)
    assert alarm_mail.send_new() == 0
    assert not is_mailed(alarm)


def test_without_a_mail_server_the_alarm_stays_unmailed(merchant, settings):
    settings.EMAIL_IS_SET = False
    alarm = sound(of=merchant)
    assert alarm_mail.send_new() == 0
    assert mail.outbox == []
    assert not is_mailed(alarm)


def test_a_message_cannot_inject_headers_or_lines(db, mail_server):
    evil = factories.merchant(name="Evil\r\nBcc: all@example.com")
    sound(of=evil, message="Look:\r\nMerchant: other\u2028\x1b[2J <b>")

    assert alarm_mail.send_new() == 1

    (taken,) = mail_server.taken
    assert taken["Bcc"] is None
    subject = "[Stream POS] The receiver refuses events: Evil Bcc: all@example.com"
    assert taken["Subject"] == subject
    text = taken.get_content().splitlines()
    assert "Look: Merchant: other [2J <b>" in text
    assert len([line for line in text if line.startswith("Merchant:")]) == 1


def test_the_mail_reaches_a_mail_server(merchant, mail_server):
    alarm = sound(of=merchant)
    assert alarm_mail.send_new() == 1
    (taken,) = mail_server.taken
    assert taken["To"] == "ops@example.com, night@example.com"
    assert taken.get_content_type() == "text/plain"
    assert "It answered 400." in taken.get_content()
    assert is_mailed(alarm)


def test_a_hanging_server_holds_the_worker_only_for_the_timeout(merchant, mail_server, settings):
    settings.EMAIL_TIMEOUT = 0.3
    mail_server.is_silent = True
    alarm, other = sound(of=merchant), sound(Kind.FAILING)

    assert alarm_mail.send_new() == 0
    assert not is_mailed(alarm)
    assert not is_mailed(other)

    mail_server.is_silent, settings.EMAIL_TIMEOUT = False, 10
    assert alarm_mail.send_new() == 2


def test_an_unreachable_server_gets_the_mail_later(merchant, mail_server, settings, caplog):
    settings.EMAIL_PORT = 9  # Nobody listens there.
    alarm = sound(of=merchant)
    assert alarm_mail.send_new() == 0
    assert not is_mailed(alarm)
    assert "Alarm mails cannot be sent" in caplog.text

    settings.EMAIL_PORT = mail_server.server_address[1]
    assert alarm_mail.send_new() == 1


def test_an_invalid_address_stops_nothing(merchant, mail_server, settings):
    settings.OPERATOR_EMAILS = ["ops@example.com\nBcc: x"]
    alarm = sound(of=merchant)
    assert alarm_mail.send_new() == 0
    assert not is_mailed(alarm)


def test_a_rejected_mail_holds_up_no_other(merchant, mail_server):
    mail_server.dislikes = b"cheap pills"
    disliked = sound(of=merchant, message="It answered: cheap pills")
    other = sound(Kind.FAILING)
    assert alarm_mail.send_new() == 1
    assert not is_mailed(disliked)
    assert is_mailed(other)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(merchant, mail_server):
    sound(of=merchant)
    counts = at_once(*[alarm_mail.send_new] * 4)
    assert sorted(counts) == [0, 0, 0, 1]
    assert len(mail_server.taken) == 1
