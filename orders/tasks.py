"""Celery's entrances. Each may run twice, and at the same time as itself."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from .alerts import email as alert_email
from .alerts import service as alerts
from .lifecycle import auto_decision
from .privacy import erasure


@shared_task(ignore_result=True)
def look_after_orders() -> None:
    """Every second: orders that nobody has decided on, and people for those that wait."""
    alerts.look_after_waiting(auto_decision.look_after_undecided())


@shared_task(ignore_result=True)
def look_around() -> None:
    """Every ten seconds: late orders, and boards at which nobody looks."""
    alerts.look_around()


@shared_task(ignore_result=True)
def mail_calls() -> int:
    """Woken when people are called; run every ten seconds for what could not be sent."""
    return alert_email.send_new()


@shared_task(ignore_result=True)
def erase_personal_data() -> None:
    """Every hour: what is older than PERSONAL_DATA_DAYS, or as much of it as a run may take."""
    before = erasure.limit(timezone.now())
    if before is not None:
        erasure.erase_due(before, f"kept for {settings.PERSONAL_DATA_DAYS} days")
