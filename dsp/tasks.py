"""Celery's entry points of the channel. Each may run twice, and concurrently with itself."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from integration.clocks import registry
from integration.clocks.registry import Round
from integration.db import database_time

from .menu_intake import updates, worker
from .ordering import quotes
from .orders import clock, retention, settling
from .stores import own_pause, self_pause


@shared_task(ignore_result=True)
def take_menus() -> None:
    """Fetch and read published menus: woken by a publish, and run every second by each worker."""
    worker.take_due()


@shared_task(ignore_result=True)
def end_availability_changes() -> None:
    """End changes of availability whose time is over; runs every ten seconds."""
    updates.end_due()


@shared_task(ignore_result=True)
def settle_handovers() -> int:
    """Move on the orders whose hand-over has ended: woken then, and run every second."""
    return settling.settle() if settings.STREAM_DSP_CLIENT_ID else 0


@shared_task(ignore_result=True)
def look_after_channel() -> None:
    """Do what time does to orders and to our own pauses; runs every second."""
    if settings.STREAM_DSP_CLIENT_ID:
        settle_handovers()
        clock.run()
        self_pause.run()
        own_pause.finish_due()


@shared_task(ignore_result=True)
def forget_channel_records() -> None:
    """Erase old personal data, and delete old events and quotes; runs every hour."""
    now = database_time.now()
    if settings.PERSONAL_DATA_DAYS:
        retention.erase_due(now - timedelta(days=settings.PERSONAL_DATA_DAYS))
    retention.delete_old(now - timedelta(days=settings.OUTBOUND_EVENT_DAYS))
    quotes.delete_old()


registry.register(
    Round("channel menus", take_menus, "dsp.tasks.take_menus", 1.0, is_elected=False),
    Round(
        "channel availability",
        end_availability_changes,
        "dsp.tasks.end_availability_changes",
        10.0,
    ),
    Round(
        "channel orders",
        look_after_channel,
        "dsp.tasks.look_after_channel",
        1.0,
        also_for=("dsp.tasks.settle_handovers",),
    ),
    Round("channel records", forget_channel_records, "dsp.tasks.forget_channel_records", 3600.0),
)
