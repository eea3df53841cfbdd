"""Alert mails: to the restaurant's own people, once, and retried if they could not be sent."""

from typing import Any

import pytest
from django.core import mail

from catalog.models import Location
from orders import tasks
from orders.alerts import email as alert_email
from orders.models import StaffCall
from tests.orders.support.alert_rounds import another, at, look, manual
from tests.orders.support.deferred_orders import pending
from tests.support import factories
from tests.support.mail_server import mail_server
from tests.support.threads import at_once

__all__ = ["mail_server", "manual"]


@pytest.fixture(autouse=True)
def mails(settings: Any) -> None:
    settings.EMAIL_IS_SET = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL = "https://pos.example.com"


def _alerted(location, **fields):
    """Let an order wait for 15 seconds at a watched board."""
    with at(0):
        waiting = pending(location, **fields)
    look(15, at_board=location)
    return waiting


def _is_mailed():
    return StaffCall.objects.get().mailed_at is not None


def test_the_mail_names_the_problem_the_place_and_the_time(manual):
    waiting = _alerted(manual, customer_name="Alex Eater")
    assert tasks.mail_calls() == 1

    (sent,) = mail.outbox
    assert sent.to == ["owner@example.com"]
    assert sent.subject == "[Stream POS] Downtown: An order waits for a decision"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    for words in (
        "uber A-1 is waiting: accept or reject it. At 12:00:45 it is rejected automatically.\n",
        "Since:  12:00:00 (America/Chicago)\n",
        f"https://pos.example.com/board/?location=loc_downtown#order-{waiting.pk}\n",
    ):
        assert words in sent.body
    assert "Alex" not in sent.body


def test_each_reason_has_its_own_instruction(manual):
    Location.objects.update(call_late_minutes=5, default_decision="accept")
    with at(-3600):
        pending(manual, state="in_progress", dsp_order_number="A-2")
    with at(0):
        pending(manual)
    look(15)
    assert alert_email.send_new() == 3
    (sent,) = mail.outbox  # One mail about all three.
    assert sent.subject == "[Stream POS] Downtown: An order waits for a decision (and 2 more)"
    assert (
        "uber A-1 is waiting: accept or reject it. At 12:00:45 it is accepted automatically."
        in sent.body
    )
    assert "uber A-2 was due at 11:15: is it ready?" in sent.body
    assert "Nobody is watching the order board, and orders wait for staff" in sent.body
    assert "https://pos.example.com/board/?location=loc_downtown\n" in sent.body


def test_a_location_has_its_own_addresses(manual):
    Location.objects.update(call_emails=" kitchen@example.com, kim@example.com,,kim@example.com")
    _alerted(manual)
    alert_email.send_new()
    assert mail.outbox[0].to == ["kitchen@example.com", "kim@example.com"]


def test_without_addresses_all_active_owners_of_the_merchant_get_the_mail(manual, merchant):
    factories.user(merchant, "owner", email="second@example.com")
    factories.user(merchant, "owner", email="gone@example.com", is_active=False)
    factories.user(merchant, "manager", email="manager@example.com")
    factories.user(None, "", email="us@example.com")
    factories.user(factories.merchant(), "owner", email="stranger@example.com")
    _alerted(manual)
    alert_email.send_new()
    assert mail.outbox[0].to == ["owner@example.com", "second@example.com"]


def test_each_merchant_is_mailed_about_its_own_orders_only(manual):
    stranger = factories.merchant()
    owner = factories.user(stranger, "owner", email="stranger@example.com")
    factories.access_token(owner)
    there = another(stranger)
    with at(0):
        pending(there, dsp_order_number="B-1")
    _alerted(manual)
    alert_email.send_new()

    bodies = {sent.to[0]: sent.body for sent in mail.outbox}
    assert set(bodies) == {"owner@example.com", "stranger@example.com"}
    assert "A-1" in bodies["owner@example.com"]
    assert "B-1" not in bodies["owner@example.com"]
    assert "A-1" not in bodies["stranger@example.com"]


def test_an_alert_is_mailed_once(manual):
    _alerted(manual)
    assert [alert_email.send_new() for _ in range(3)] == [1, 0, 0]


def test_an_ended_alert_is_not_mailed(manual):
    _alerted(manual)
    look(50, at_board=manual)
    assert alert_email.send_new() == 0
    assert mail.outbox == []


def test_without_a_mail_server_nothing_counts_as_mailed(manual, settings):
    settings.EMAIL_IS_SET = False
    _alerted(manual)
    assert alert_email.send_new() == 0
    assert not _is_mailed()


def test_without_a_receiver_the_alert_stays_unmailed(manual, merchant):
    merchant.users.update(is_active=False)
    _alerted(manual)
    assert alert_email.send_new() == 0
    assert not _is_mailed()


def test_an_alert_wakes_the_worker(manual, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        _alerted(manual)
    assert ("orders.tasks.mail_calls",) in woken


def test_names_cannot_inject_headers_or_lines(manual, mail_server):
    Location.objects.update(name="Evil\r\nBcc: all@example.com")
    _alerted(manual, dsp_order_number="1\r\nSince: never\u2028x")
    assert alert_email.send_new() == 1
    (received,) = mail_server.taken
    assert received["Bcc"] is None
    lines = received.get_content().splitlines()
    assert len([line for line in lines if line.startswith("Since:")]) == 1


def test_a_mail_is_retried_when_the_server_hangs_or_is_unreachable(
    manual, mail_server, settings, caplog
):
    settings.EMAIL_TIMEOUT = 0.3
    mail_server.is_silent = True
    _alerted(manual)
    assert alert_email.send_new() == 0
    mail_server.is_silent, settings.EMAIL_TIMEOUT = False, 10
    settings.EMAIL_PORT = 9  # Nobody listens there.
    assert alert_email.send_new() == 0
    assert not _is_mailed()
    assert "No alerts can be mailed" in caplog.text

    settings.EMAIL_PORT = mail_server.server_address[1]
    assert alert_email.send_new() == 1
    assert len(mail_server.taken) == 1


def test_a_mail_the_server_refuses_does_not_hold_up_others(manual, merchant, mail_server):
    mail_server.dislikes = b"cheap pills"
    other = another(merchant)
    with at(0):
        pending(other)
    _alerted(manual, dsp_order_number="cheap pills")
    assert alert_email.send_new() == 2
    assert not StaffCall.objects.get(location=manual).mailed_at
    assert len(mail_server.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_send_one_mail(manual, mail_server):
    _alerted(manual)
    assert sorted(at_once(*[alert_email.send_new] * 4)) == [0, 0, 0, 1]
    assert len(mail_server.taken) == 1
