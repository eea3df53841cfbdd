"""Celery's entrances. Each may run twice, and at the same time as itself."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from . import call_mail, calls, clock, erasing


@shared_task(ignore_result=True)
def look_after_orders() -> None:
    """Every second: orders that nobody has decided on, and people for those that wait."""
    calls.look_after_waiting(clock.look_after_undecided())


@shared_task(ignore_result=True)
def look_around() -> None:
    """Every ten seconds: late orders, and boards at which nobody looks."""
    calls.look_around()


@shared_task(ignore_result=True)
def mail_calls() -> int:
    """Woken when people are called; run every ten seconds for what could not be sent."""
    return call_mail.send_new()


@shared_task(ignore_result=True)
def erase_personal_data() -> None:
    """Every hour: what is older than PERSONAL_DATA_DAYS, or as much of it as a run may take."""
    before = erasing.limit(timezone.now())
    if before is not None:
        erasing.erase_due(before, f"kept for {settings.PERSONAL_DATA_DAYS} days")
