"""Celery's entrances. Each may run twice, and at the same time as itself."""

from celery import shared_task

from . import clock


@shared_task(ignore_result=True)
def look_after_orders() -> None:
    """Every second: orders that nobody has decided on."""
    clock.decide_overdue()
