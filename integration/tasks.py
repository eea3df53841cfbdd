"""Celery tasks. Each may run twice, and concurrently with itself."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from .clocks import heartbeat, registry
from .clocks import worker as clocks
from .clocks.registry import Round
from .db import batches
from .delivery import runner as delivery_runner
from .failure_watch import rate as failure_rate
from .failure_watch import senders
from .monitoring import alarm_mail
from .monitoring import statistics as delivery_statistics
from .oauth import authorizations, departures

_ENDED_ACCESS_KEPT = timedelta(days=30)


@worker_shutting_down.connect
def _wind_down(**kwargs: Any) -> None:
    """Let a worker stop despite a long queue, which the next worker continues."""
    delivery_runner.wind_down()
    clocks.stop()


@worker_init.connect
def _start_clocks(**kwargs: Any) -> None:
    """Start before the worker has reached the broker, which may be away."""
    clocks.start()


@shared_task(ignore_result=True)
def deliver_due() -> int:
    """Deliver due events: woken on commit, and scheduled for retries and lost wake-ups."""
    return delivery_runner.deliver_due()


@shared_task(ignore_result=True)
def look_after_delivery() -> None:
    """Sample the length of the queue and sum up the statistics, every minute."""
    now = timezone.now()
    delivery_statistics.sample(now)
    delivery_statistics.compact(now, step=heartbeat.step)


@shared_task(ignore_result=True)
def tell_owners() -> int:
    """Tell owners that the person who connected Stream is none of them any more; every minute."""
    return departures.tell_owners()


@shared_task(ignore_result=True)
def mail_alarms() -> int:
    """Mail new alarms: woken when one is raised, and every minute for mails that failed."""
    return alarm_mail.send_new()


@shared_task(ignore_result=True)
def forget_what_is_over() -> None:
    """Delete old finished events, counted answers, expired tokens and sessions, every hour."""
    now = timezone.now()
    delivery_runner.delete_finished(before=now - timedelta(days=settings.OUTBOUND_EVENT_DAYS))
    authorizations.delete_expired(before=now - _ENDED_ACCESS_KEPT, step=heartbeat.step)
    failure_rate.forget(before=now - senders.KEPT)
    batches.delete(Session.objects.filter(expire_date__lt=now), step=heartbeat.step)


registry.register(
    Round(
        name=delivery_runner.ROUND,
        task=deliver_due,
        task_name="integration.tasks.deliver_due",
        every_seconds=1.0,
        is_elected=False,
        is_watched=True,
        beats_itself=True,
    ),
    Round(
        "delivery statistics", look_after_delivery, "integration.tasks.look_after_delivery", 60.0
    ),
    Round("people who left", tell_owners, "integration.tasks.tell_owners", 60.0),
    Round("alarm mails", mail_alarms, "integration.tasks.mail_alarms", 60.0),
    Round("expired records", forget_what_is_over, "integration.tasks.forget_what_is_over", 3600.0),
)
