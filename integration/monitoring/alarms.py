"""Alarms: what people must look at, since delivery cannot mend it alone.

One cause has one open alarm, which counts how often it happened. It is shown on every page of
the people it concerns, and mailed once to the operators (alarm_mail).
"""

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone

from integration import wakeups
from integration.models import Alarm, OutboundEvent, User

log = logging.getLogger(__name__)

_MESSAGE_LENGTH = 500
# The events that an alarm is about, as a filter of their list.
_EVENTS = {
    Alarm.Kind.REFUSED: f"ending__exact={OutboundEvent.Ending.REFUSED}",
    Alarm.Kind.STOPPED: f"state__exact={OutboundEvent.State.WAITING}",
    Alarm.Kind.FAILING: f"state__exact={OutboundEvent.State.WAITING}",
    Alarm.Kind.TRIED_OUT: f"ending__exact={OutboundEvent.Ending.TRIED_OUT}",
    Alarm.Kind.EXPIRED: f"ending__exact={OutboundEvent.Ending.EXPIRED}",
}


@transaction.atomic
def sound(
    kind: Alarm.Kind,
    *,
    endpoint: str,
    message: str,
    merchant_id: int | None = None,
    times: int = 1,
) -> None:
    """Opens the alarm, or counts it up while it is open; in the caller's transaction.

    `message` says what is wrong and what to do; without a merchant it concerns everybody. A
    caller that sounds several in one transaction does so in a fixed order: the open alarm stays
    locked until the commit.
    """
    cause = f"{kind}/{endpoint}/{merchant_id or '*'}"
    now = timezone.now()
    said = {"message": message.replace("\0", "")[:_MESSAGE_LENGTH], "last_at": now}
    open_one = Alarm.objects.filter(cause=cause, resolved_at=None)
    # Again when somebody dismisses it between the two statements.
    while not open_one.update(count=F("count") + times, **said):
        fresh = Alarm(
            cause=cause, kind=kind, endpoint=endpoint, merchant_id=merchant_id, count=0,
            raised_at=now, **said,
        )  # fmt: skip
        # Of two workers one inserts it; the other waits for that one's commit, and counts.
        Alarm.objects.bulk_create([fresh], ignore_conflicts=True)
        if open_one.filter(count=0).update(count=times):
            _tell_on_commit(fresh)
            return


def settle(*kinds: Alarm.Kind, endpoint: str) -> int:
    """Ends the endpoint's open alarms of these kinds: what they were about is over by itself."""
    ended = Alarm.objects.filter(kind__in=kinds, endpoint=endpoint, resolved_at=None)
    return ended.update(resolved_at=timezone.now(), resolved_by="")


def dismiss(alarms: QuerySet[Alarm], by: str) -> int:
    """Ends the open ones among these, because a person (their e-mail) has seen to them.

    The caller has asked whether that person may (may_be_dismissed_by).
    """
    ended = alarms.order_by().filter(resolved_at=None)
    return ended.update(resolved_at=timezone.now(), resolved_by=by[:254])


def visible_to(user: User) -> QuerySet[Alarm]:
    """Our own staff see all; a merchant's people their merchant's, and what concerns everybody."""
    if user.merchant_id is None:
        return Alarm.objects.all()
    return Alarm.objects.filter(Q(merchant=user.merchant_id) | Q(merchant=None))


def may_be_dismissed_by(user: User) -> QuerySet[Alarm]:
    """What concerns everybody is our own staff's alone; a merchant's alarms are its owner's too."""
    if user.merchant_id is None:
        return Alarm.objects.all()
    return (
        Alarm.objects.filter(merchant=user.merchant_id) if user.is_owner else Alarm.objects.none()
    )


def open_for(user: User, *, limit: int | None = None) -> list[Alarm]:
    """What this person's pages show: first what concerns everybody, then the newest."""
    alarms = visible_to(user).filter(resolved_at=None).select_related("merchant")
    of_everybody_first = Case(When(merchant=None, then=0), default=1)
    return list(alarms.order_by(of_everybody_first, "-raised_at", "-pk")[:limit])


def events_path(alarm: Alarm, *, for_own_staff: bool) -> str:
    """Where the admin lists the events that the alarm is about."""
    query = _EVENTS[Alarm.Kind(alarm.kind)]
    if for_own_staff and alarm.merchant_id is not None:
        query += f"&merchant={alarm.merchant_id}"
    return f"{reverse('admin:integration_outboundevent_changelist')}?{query}"


def _tell_on_commit(alarm: Alarm) -> None:
    # A lambda, not a partial: when a robust hook fails, Django logs its __qualname__.
    transaction.on_commit(lambda: _tell_operators(alarm), robust=True)


def _tell_operators(alarm: Alarm) -> None:
    if settings.EMAIL_IS_SET:
        wakeups.wake("integration.tasks.mail_alarms")
    else:
        log.warning(
            "%s (%s): %s — EMAIL_URL is not set, so nobody is told by e-mail.",
            alarm.get_kind_display(), alarm.endpoint, alarm.message,
        )  # fmt: skip
