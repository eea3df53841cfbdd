"""Celery's entrances. Each may run twice, and at the same time as itself."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from . import dispatch
from .oauth import authorizations

KEPT = timedelta(days=30)


@shared_task(ignore_result=True)
def deliver_due() -> int:
    """Woken on commit; run by the scheduler for retries and for wake-ups that got lost."""
    return dispatch.deliver_due()


@shared_task(ignore_result=True)
def forget_what_is_over() -> None:
    """Every hour: finished events, ended tokens and sessions do not gather for ever."""
    dispatch.forget_finished(before=timezone.now() - KEPT)
    authorizations.forget_expired(before=timezone.now() - KEPT)
    call_command("clearsessions")
