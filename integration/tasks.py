"""Celery's entrances. Each may run twice, and at the same time as itself."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from .delivery import runner as delivery_runner
from .monitoring import alarm_mail
from .monitoring import statistics as delivery_statistics
from .oauth import authorizations

_ENDED_ACCESS_KEPT = timedelta(days=30)


@worker_shutting_down.connect
def _wind_down(**kwargs: Any) -> None:
    """A long queue does not keep a worker from ending; the next one goes on with it."""
    delivery_runner.wind_down()


@shared_task(ignore_result=True)
def deliver_due() -> int:
    """Woken on commit; run by the scheduler for retries and for wake-ups that got lost."""
    return delivery_runner.deliver_due()


@shared_task(ignore_result=True)
def look_after_delivery() -> None:
    """Every minute: how many events wait is noted, and the tallies are summed."""
    now = timezone.now()
    delivery_statistics.sample(now)
    delivery_statistics.compact(now)


@shared_task(ignore_result=True)
def mail_alarms() -> int:
    """Woken when an alarm is raised; run every minute for those whose mail could not be sent."""
    return alarm_mail.send_new()


@shared_task(ignore_result=True)
def forget_what_is_over() -> None:
    """Every hour: finished events, ended tokens and sessions do not gather for ever."""
    now = timezone.now()
    delivery_runner.forget_finished(before=now - timedelta(days=settings.OUTBOUND_EVENT_DAYS))
    authorizations.forget_expired(before=now - _ENDED_ACCESS_KEPT)
    call_command("clearsessions")
