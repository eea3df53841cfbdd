"""The alarm about failing events, raised before Stream warns."""

import logging
from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from integration.models import Alarm
from integration.monitoring import alarm_mail, alarms

from . import rate
from .explanations import named, what_to_do
from .rate import Answer, Answers

log = logging.getLogger(__name__)

HANDLER = "stream events"  # In the place of a receiver's name.
STREAM_LIMITS = (0.10, 0.25, 0.50)  # Stream warns at the first two and switches off at the last.
RAISED_AT = 0.05
RESOLVED_UNDER = 0.025
LEAST_FAILURES = 5


def look() -> None:
    """Raise the alarm, renew its text or resolve it; mail a new one from here.

    Silence resolves nothing: Stream may have switched the handler off.
    """
    now = timezone.now()
    recent = rate.recent(now, not_before=_dismissed_at())
    if recent.failures >= LEAST_FAILURES and recent.ratio >= RAISED_AT:
        _tell(recent, now)
    elif recent.total and recent.ratio < RESOLVED_UNDER:
        alarms.resolve(Alarm.Kind.HANDLER, endpoint=HANDLER)


def _dismissed_at() -> datetime | None:
    """Return when a person last dismissed it: what failed before is known."""
    closed = Alarm.objects.filter(kind=Alarm.Kind.HANDLER, endpoint=HANDLER)
    by_people = closed.filter(resolved_at__isnull=False).exclude(resolved_by="")
    return by_people.order_by("-resolved_at").values_list("resolved_at", flat=True).first()


def _tell(recent: Answers, now: datetime) -> None:
    message = message_of(recent, now)
    if alarms.restate(Alarm.Kind.HANDLER, endpoint=HANDLER, message=message):
        return
    alarms.raise_alarm(Alarm.Kind.HANDLER, endpoint=HANDLER, message=message)
    log.error("%s", message)
    alarm_mail.send_new()


def message_of(recent: Answers, now: datetime) -> str:
    """Say what failed, how often, why the newest did and what to do."""
    hours = max(1, round((now - recent.at) / rate.HOUR))
    span = "hour" if hours == 1 else f"{hours} hours"
    text = (
        f"{recent.failures} of Stream's {recent.total} requests of the last {span} failed"
        f" ({recent.ratio * 100:.1f} %): {listed(recent.failed)}."
    )
    if recent.newest_failure is not None:
        text += f" The newest: {named(recent.newest_failure)}. {what_to_do(recent.newest_failure)}"
    return f"{text} Stream warns at 10 % and switches the events off at 50 %."


def listed(counts: Mapping[Answer, int], most: int = 4) -> str:
    """List the commonest: `8 × 503 (overload), 4 × 401`."""
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{count:,} × {named(answer)}" for answer, count in common[:most]]
    return ", ".join([*parts, *(["…"] if len(common) > most else [])])
