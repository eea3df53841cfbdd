"""Celery's entrances. Each may run twice, and at the same time as itself."""

from celery import shared_task

from . import call_mail, calls, clock


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
