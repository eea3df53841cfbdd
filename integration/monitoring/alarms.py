"""Alarms about problems that delivery cannot solve by itself.

A cause has one open alarm, which counts its occurrences. It is shown on every page of the people
concerned, and mailed once to the operators (alarm_mail).
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone

from integration import wakeups
from integration.models import Alarm, OutboundEvent, User

log = logging.getLogger(__name__)

REMIND_AFTER = timedelta(minutes=10)
_MESSAGE_LENGTH = 500


class Page(NamedTuple):
    """The list in the admin that helps with an alarm: `shows` is events, orders, menus or store.

    In the query, {} stands for the alarm's endpoint.
    """

    shows: str
    name: str
    query: str


def _events(query: str) -> Page:
    return Page("events", "integration_outboundevent", query)


_WAITING = _events(f"state__exact={OutboundEvent.State.WAITING}")
_pages: dict[str, Page] = {
    Alarm.Kind.REFUSED: _events(f"ending__exact={OutboundEvent.Ending.REFUSED}"),
    Alarm.Kind.STOPPED: _WAITING,
    Alarm.Kind.FAILING: _WAITING,
    Alarm.Kind.TRIED_OUT: _events(f"ending__exact={OutboundEvent.Ending.TRIED_OUT}"),
    Alarm.Kind.EXPIRED: _events(f"ending__exact={OutboundEvent.Ending.EXPIRED}"),
    Alarm.Kind.STALLED: _WAITING,
    Alarm.Kind.SKEW: _WAITING,
}


def register_pages(pages: Mapping[Alarm.Kind, Page]) -> None:
    """Add the pages of further kinds: for the app that raises them, when Django starts."""
    _pages.update({str(kind): page for kind, page in pages.items()})


@transaction.atomic
def raise_alarm(
    kind: Alarm.Kind,
    *,
    endpoint: str,
    message: str,
    merchant_id: int | None = None,
    times: int = 1,
) -> None:
    """Open the alarm, or count it up while it is open; in the caller's transaction.

    `message` says what is wrong and what to do; an alarm without a merchant concerns everybody. A
    caller that raises several alarms in one transaction does so in a fixed order, because an open
    alarm stays locked until the commit.
    """
    cause = f"{kind}/{endpoint}/{merchant_id or '*'}"
    now = timezone.now()
    fields = {"message": message.replace("\0", "")[:_MESSAGE_LENGTH], "last_at": now}
    open_alarm = Alarm.objects.filter(cause=cause, resolved_at=None)
    # Repeated if somebody dismisses the alarm between the two statements.
    while not open_alarm.update(count=F("count") + times, **fields):
        fresh = Alarm(
            cause=cause, kind=kind, endpoint=endpoint, merchant_id=merchant_id, count=0,
            raised_at=now, **fields,
        )  # fmt: skip
        # One of two workers inserts the row; the other waits for that commit, then counts.
        Alarm.objects.bulk_create([fresh], ignore_conflicts=True)
        if open_alarm.filter(count=0).update(count=times):
            _notify_on_commit(fresh)
            return


def restate(kind: Alarm.Kind, *, endpoint: str, message: str) -> bool:
    """Renew the text of the endpoint's open alarm; return False if none is open."""
    still_open = Alarm.objects.filter(kind=kind, endpoint=endpoint, resolved_at=None)
    return bool(still_open.update(message=message[:_MESSAGE_LENGTH], last_at=timezone.now()))


def resolve(*kinds: Alarm.Kind, endpoint: str) -> int:
    """Close the endpoint's open alarms of these kinds, because the problem went away by itself."""
    closed = Alarm.objects.filter(kind__in=kinds, endpoint=endpoint, resolved_at=None)
    return closed.update(resolved_at=timezone.now(), resolved_by="")


def is_known(kind: Alarm.Kind, *, endpoint: str) -> bool:
    """Return True while people see the alarm or have just dismissed it.

    After REMIND_AFTER a dismissed problem that lasts is raised again.
    """
    dismissed = ~Q(resolved_by="") & Q(resolved_at__gt=timezone.now() - REMIND_AFTER)
    is_known = Q(resolved_at=None) | dismissed
    return Alarm.objects.filter(is_known, kind=kind, endpoint=endpoint).exists()


def dismiss(alarms: QuerySet[Alarm], by: str) -> int:
    """Close the open ones among these on behalf of a person (their e-mail).

    The caller checks permissions (dismissible_by).
    """
    closed = alarms.order_by().filter(resolved_at=None)
    return closed.update(resolved_at=timezone.now(), resolved_by=by[:254])


def visible_to(user: User) -> QuerySet[Alarm]:
    """Return the alarms a user may see: own staff all, others their merchant's and general ones."""
    if user.merchant_id is None:
        return Alarm.objects.all()
    return Alarm.objects.filter(Q(merchant=user.merchant_id) | Q(merchant=None))


def dismissible_by(user: User) -> QuerySet[Alarm]:
    """Return the alarms a user may dismiss: own staff all, an owner those of the merchant."""
    if user.merchant_id is None:
        return Alarm.objects.all()
    return (
        Alarm.objects.filter(merchant=user.merchant_id) if user.is_owner else Alarm.objects.none()
    )


def open_for(user: User, *, without: str = "", limit: int | None = None) -> list[Alarm]:
    """Return the open alarms for this user's pages: general ones first, then the newest.

    `without` is a kind to leave out.
    """
    alarms = visible_to(user).filter(resolved_at=None).exclude(kind=without)
    alarms = alarms.select_related("merchant")
    general_first = Case(When(merchant=None, then=0), default=1)
    return list(alarms.order_by(general_first, "-raised_at", "-pk")[:limit])


def open_for_everybody() -> list[Alarm]:
    """Return the open alarms that concern every merchant, newest first: all that visitors learn."""
    general = Alarm.objects.filter(merchant=None, resolved_at=None)
    return list(general.order_by("-raised_at", "-pk"))


def is_outage(alarm: Alarm) -> bool:
    """Return True if nothing is decided or sent until somebody acts."""
    return alarm.kind in (Alarm.Kind.STALLED, Alarm.Kind.STOPPED)


def kinds_in_words(open_alarms: Iterable[Alarm]) -> str:
    """Name each kind once, in the order of the alarms."""
    return "; ".join(dict.fromkeys(str(alarm.get_kind_display()) for alarm in open_alarms))


def help_path(alarm: Alarm, *, for_own_staff: bool) -> str:
    """Return the path of the page that helps: a list in the admin, or the failure rate.

    It is empty for those who see neither.
    """
    if alarm.kind == Alarm.Kind.HANDLER:
        return reverse("admin:integration_endpoint_dashboard") if for_own_staff else ""
    if alarm.kind == Alarm.Kind.PERSON:
        return "" if for_own_staff else reverse("account")
    page = _pages[alarm.kind]
    query = [page.query.format(quote(alarm.endpoint, safe=""))] if page.query else []
    if for_own_staff and alarm.merchant_id is not None:
        query.append(f"merchant={alarm.merchant_id}")
    path = reverse(f"admin:{page.name}_changelist")
    return f"{path}?{'&'.join(query)}" if query else path


def help_shows(alarm: Alarm) -> str:
    """Return what is on that page: events, failure rate, connection, orders, menus or store."""
    special = {Alarm.Kind.HANDLER: "failure rate", Alarm.Kind.PERSON: "connection"}
    return special.get(Alarm.Kind(alarm.kind)) or _pages[alarm.kind].shows


def _notify_on_commit(alarm: Alarm) -> None:
    # A lambda, not a partial: when a robust hook fails, Django logs its __qualname__.
    transaction.on_commit(lambda: _notify_operators(alarm), robust=True)


def _notify_operators(alarm: Alarm) -> None:
    if settings.EMAIL_IS_SET:
        wakeups.wake("integration.tasks.mail_alarms")
    else:
        log.warning(
            "%s (%s): %s — EMAIL_URL is not set, so no e-mail is sent.",
            alarm.get_kind_display(), alarm.endpoint, alarm.message,
        )  # fmt: skip
