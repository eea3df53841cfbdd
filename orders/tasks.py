"""Celery's entry points. Each may run twice, and concurrently with itself."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from integration.clocks import registry
from integration.clocks.registry import Round

from .alerts import email as alert_email
from .alerts import service as alerts
from .lifecycle import auto_decision
from .privacy import erasure
from .stream_events import processing, repairs


@shared_task(ignore_result=True)
def look_after_orders() -> None:
    """Decide overdue orders and alert people about waiting ones; runs every second."""
    alerts.check_waiting(auto_decision.decide_overdue())


@shared_task(ignore_result=True)
def look_around() -> None:
    """Alert people about late orders and unwatched boards; runs every ten seconds."""
    alerts.check_late_and_unwatched()


@shared_task(ignore_result=True)
def mail_calls() -> int:
    """Mail new alerts: woken by an alert, and run every ten seconds for those not yet sent."""
    return alert_email.send_new()


@shared_task(ignore_result=True)
def erase_personal_data() -> None:
    """Erase data older than PERSONAL_DATA_DAYS, up to a run's limit; runs every hour."""
    before = erasure.cutoff(timezone.now())
    if before is not None:
        erasure.erase_due(before, f"kept for {settings.PERSONAL_DATA_DAYS} days")


@shared_task(ignore_result=True)
def follow_orders() -> int:
    """Apply Stream's events to the followed orders; woken by events, and run every second."""
    return processing.process_due()


@shared_task(ignore_result=True)
def repair_followed_orders() -> None:
    """Match and place followed orders by what became known later; runs every ten seconds."""
    repairs.repair()


@shared_task(ignore_result=True)
def retire_followed_orders() -> None:
    """End events and followed orders of which nothing more will be heard; runs every hour."""
    repairs.retire()


registry.register(
    Round(
        name="order decisions",
        task=look_after_orders,
        task_name="orders.tasks.look_after_orders",
        every_seconds=1.0,
        is_watched=True,
    ),
    Round("restaurant checks", look_around, "orders.tasks.look_around", 10.0),
    Round("staff alert mails", mail_calls, "orders.tasks.mail_calls", 10.0),
    Round("erasure", erase_personal_data, "orders.tasks.erase_personal_data", 3600.0),
    Round("followed orders", follow_orders, "orders.tasks.follow_orders", 1.0),
    Round("followed repairs", repair_followed_orders, "orders.tasks.repair_followed_orders", 10.0),
    Round("followed ends", retire_followed_orders, "orders.tasks.retire_followed_orders", 3600.0),
)
