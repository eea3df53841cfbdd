"""The mail to a restaurant's people: to theirs only, once, and again when it could not be sent."""

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


def _called(location, **fields):
    """An order waited for 15 seconds, and somebody looks at the board."""
    with at(0):
        waiting = pending(location, **fields)
    look(15, at_board=location)
    return waiting


def _is_mailed():
    return StaffCall.objects.get().mailed_at is not None


def test_the_mail_says_what_where_since_when_and_what_to_do(manual):
    waiting = _called(manual, customer_name="Alex Eater")
    assert tasks.mail_calls() == 1

    (sent,) = mail.outbox
    assert sent.to == ["owner@example.com"]
    assert sent.subject == "[Stream POS] Downtown: An order waits for a decision"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    for words in (
        "uber A-1 waits: accept or reject it. At 12:00:45 it is rejected by itself.\n",
        "Since:  12:00:00 (America/Chicago)\n",
        f"https://pos.example.com/board/?location=loc_downtown#order-{waiting.pk}\n",
    ):
        assert words in sent.body
    assert "Alex" not in sent.body


def test_each_kind_says_what_to_do(manual):
    Location.objects.update(call_late_minutes=5, default_decision="accept")
    with at(-3600):
        pending(manual, state="in_progress", dsp_order_number="A-2")
    with at(0):
        pending(manual)
    look(15)
    assert alert_email.send_new() == 3
    (sent,) = mail.outbox  # One mail about all three.
    assert sent.subject == "[Stream POS] Downtown: An order waits for a decision (and 2 more)"
    assert "uber A-1 waits: accept or reject it. At 12:00:45 it is accepted by itself." in sent.body
    assert "uber A-2 was to be ready at 11:15: is it done?" in sent.body
    assert "Nobody looks at the order board, and orders wait for staff" in sent.body
    assert "https://pos.example.com/board/?location=loc_downtown\n" in sent.body


def test_a_location_has_its_own_addresses(manual):
    Location.objects.update(call_emails=" kitchen@example.com, kim@example.com,,kim@example.com")
    _called(manual)
    alert_email.send_new()
    assert mail.outbox[0].to == ["kitchen@example.com", "kim@example.com"]


def test_without_any_all_living_owners_of_that_merchant_are_called(manual, merchant):
    factories.user(merchant, "owner", email="second@example.com")
    factories.user(merchant, "owner", email="gone@example.com", is_active=False)
    factories.user(merchant, "manager", email="manager@example.com")
    factories.user(None, "", email="us@example.com")
    factories.user(factories.merchant(), "owner", email="stranger@example.com")
    _called(manual)
    alert_email.send_new()
    assert mail.outbox[0].to == ["owner@example.com", "second@example.com"]


def test_each_merchant_hears_of_its_own_orders_only(manual):
    stranger = factories.merchant()
    owner = factories.user(stranger, "owner", email="stranger@example.com")
    factories.access_token(owner)
    there = another(stranger)
    with at(0):
        pending(there, dsp_order_number="B-1")
    _called(manual)
    alert_email.send_new()

    told = {sent.to[0]: sent.body for sent in mail.outbox}
    assert set(told) == {"owner@example.com", "stranger@example.com"}
    assert "A-1" in told["owner@example.com"]
    assert "B-1" not in told["owner@example.com"]
    assert "A-1" not in told["stranger@example.com"]


def test_a_call_is_mailed_once(manual):
    _called(manual)
    assert [alert_email.send_new() for _ in range(3)] == [1, 0, 0]


def test_what_is_over_is_not_mailed(manual):
    _called(manual)
    look(50, at_board=manual)
    assert alert_email.send_new() == 0
    assert mail.outbox == []


def test_without_a_mail_server_nothing_counts_as_mailed(manual, settings):
    settings.EMAIL_IS_SET = False
    _called(manual)
    assert alert_email.send_new() == 0
    assert not _is_mailed()


def test_without_anybody_to_call_it_stays_to_be_mailed(manual, merchant):
    merchant.users.update(is_active=False)
    _called(manual)
    assert alert_email.send_new() == 0
    assert not _is_mailed()


def test_the_worker_is_woken_with_the_call(manual, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        _called(manual)
    assert ("orders.tasks.mail_calls",) in woken


def test_nobody_writes_headers_or_lines_into_it(manual, mail_server):
    Location.objects.update(name="Evil\r\nBcc: all@example.com")
    _called(manual, dsp_order_number="1\r\nSince: never\u2028x")
    assert alert_email.send_new() == 1
    (taken,) = mail_server.taken
    assert taken["Bcc"] is None
    lines = taken.get_content().splitlines()
    assert len([line for line in lines if line.startswith("Since:")]) == 1


def test_a_server_that_hangs_or_is_away_gets_it_later(manual, mail_server, settings, caplog):
    settings.EMAIL_TIMEOUT = 0.3
    mail_server.is_silent = True
    _called(manual)
    assert alert_email.send_new() == 0
    mail_server.is_silent, settings.EMAIL_TIMEOUT = False, 10
    settings.EMAIL_PORT = 9  # Nobody listens there.
    assert alert_email.send_new() == 0
    assert not _is_mailed()
    assert "No mail can be sent about calls" in caplog.text

    settings.EMAIL_PORT = mail_server.server_address[1]
    assert alert_email.send_new() == 1
    assert len(mail_server.taken) == 1


def test_a_mail_that_the_server_dislikes_holds_up_no_other(manual, merchant, mail_server):
    mail_server.dislikes = b"cheap pills"
    other = another(merchant)
    with at(0):
        pending(other)
    _called(manual, dsp_order_number="cheap pills")
    assert alert_email.send_new() == 2
    assert not StaffCall.objects.get(location=manual).mailed_at
    assert len(mail_server.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(manual, mail_server):
    _called(manual)
    assert sorted(at_once(*[alert_email.send_new] * 4)) == [0, 0, 0, 1]
    assert len(mail_server.taken) == 1
