"""Celery's entry points. Each may run twice, and concurrently with itself."""

from celery import shared_task

from integration.clocks import registry
from integration.clocks.registry import Round

from .menu_intake import updates, worker


@shared_task(ignore_result=True)
def take_menus() -> None:
    """Fetch and read published menus: woken by a publish, and run every second by each worker."""
    worker.take_due()


@shared_task(ignore_result=True)
def end_availability_changes() -> None:
    """End changes of availability whose time is over; runs every ten seconds."""
    updates.end_due()


registry.register(
    Round("channel menus", take_menus, "dsp.tasks.take_menus", 1.0, is_elected=False),
    Round(
        "channel availability",
        end_availability_changes,
        "dsp.tasks.end_availability_changes",
        10.0,
    ),
)
