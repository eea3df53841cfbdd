"""Answers to Stream's events in tests, counted as by a web process."""

from datetime import datetime, timedelta

import time_machine
from django.utils import timezone

from integration.failure_watch.tally import Tally

STREAM, STRANGER = "192.0.2.1", "203.0.113.9"


def answered(
    *statuses: int, to: str = STREAM, minutes_ago: float = 0, reason: str = "", times: int = 1
) -> None:
    """Count and save these answers as if they had been given some minutes ago."""
    tally = Tally()
    with time_machine.travel(_ago(minutes_ago), tick=False):
        for status in statuses * times:
            tally.count(to, status, reason)
        tally.save()


def _ago(minutes: float) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)
