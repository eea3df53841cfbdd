"""The circuit breaker of each endpoint, and the alarms about it.

Closed: everything is sent. Open, after many consecutive failures: single probes at growing
intervals until one succeeds; only urgent events are sent besides. Stopped, after a 410: nothing is
sent until staff resume the endpoint.
"""

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from integration import wakeups
from integration.db import database_time
from integration.models import Alarm, Endpoint, OutboundEvent
from integration.monitoring import alarms
from integration.webhooks import endpoints

from . import leases

WAITING = OutboundEvent.State.WAITING
_FIRST_PROBE_SECONDS = 5
# During service, a receiver that is back must not wait minutes for what it missed.
_LONGEST_PROBE_SECONDS_AT_FIRST = 30
_AT_FIRST = timedelta(hours=1)
_LONGEST_PROBE_SECONDS = 300
# From the first minute on, no wait in the schedule is five times as long as all before it.
_LONGEST_WAIT_PER_OUTAGE = 5
_SUCCESS_NOTED_EVERY = timedelta(seconds=10)


def load_endpoints() -> list[Endpoint]:
    """Return every endpoint with its state: Stream always, others once they have an address."""
    known = list(Endpoint.objects.order_by("name"))
    missing = {name for name in endpoints.names() if _is_needed(name)}
    missing -= {endpoint.name for endpoint in known}
    if missing:
        fresh = [Endpoint(name=name) for name in sorted(missing)]
        Endpoint.objects.bulk_create(fresh, ignore_conflicts=True)
        return load_endpoints()
    return known


def _is_needed(name: str) -> bool:
    return name == endpoints.STREAM or endpoints.destination(name) is not None


def take_probe(endpoint: Endpoint, now: datetime) -> datetime | None:
    """Reserve the due probe of a failing receiver for this worker; return until when.

    None: it is not due, or another worker has taken it. The reservation lasts as long as a lease
    and is renewed like one: if this worker dies, another probes afterwards.
    """
    due = Endpoint.objects.filter(pk=endpoint.pk, probe_at=endpoint.probe_at, probe_at__lte=now)
    until = now + leases.LEASE
    return until if due.update(probe_at=until) else None


def renew_probes(reserved: Mapping[str, datetime], until: datetime) -> None:
    """Extend the reservations; a probe that was rescheduled meanwhile stays as it is."""
    Endpoint.objects.filter(pk__in=list(reserved), probe_at__in=set(reserved.values())).update(
        probe_at=until
    )


def probe_later(endpoint: Endpoint) -> None:
    """Make the probe due again, as there was no event to send: the next event is sent at once."""
    Endpoint.objects.filter(pk=endpoint.pk, probe_at__isnull=False).update(
        probe_at=database_time.now()
    )


def awaiting_success(names: Iterable[str], now: datetime) -> set[str]:
    """Return those of the endpoints for which a success must be recorded."""
    failing = Q(consecutive_failures__gt=0) | Q(probe_at__isnull=False)
    long_ago = Q(last_success_at=None) | Q(last_success_at__lt=now - _SUCCESS_NOTED_EVERY)
    rows = Endpoint.objects.filter(failing | long_ago, pk__in=list(names))
    return set(rows.values_list("pk", flat=True))


def record_success(name: str, now: datetime) -> None:
    """Close the breaker; after failures, make the endpoint's waiting events due at once."""
    failing = Endpoint.objects.filter(
        Q(consecutive_failures__gt=0) | Q(probe_at__isnull=False), pk=name
    )
    before = failing.select_for_update().first()
    if before is not None:
        failing.update(
            consecutive_failures=0,
            failing_since=None,
            probe_at=None,
            probe_wait_seconds=0,
            last_success_at=now,
        )
        alarms.resolve(Alarm.Kind.FAILING, endpoint=name)
        if before.probe_at is not None:
            hasten_all(name, now)
        elif before.failing_since is not None:
            _hasten_made_meanwhile(name, before.failing_since, now)
        return
    Endpoint.objects.filter(pk=name).update(last_success_at=now)


def record_failures(
    name: str,
    count: int,
    why: str,
    now: datetime,
    *,
    was_probed: bool = False,
    asked_wait: timedelta | None = None,
) -> None:
    """Count attempts that failed since the last success; open the breaker if they are too many."""
    Endpoint.objects.bulk_create([Endpoint(name=name)], ignore_conflicts=True)
    endpoint = Endpoint.objects.select_for_update().get(pk=name)
    before = endpoint.consecutive_failures
    endpoint.consecutive_failures += count
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.last_failure = why[:200]
    if endpoint.consecutive_failures >= settings.WEBHOOK_BREAKER_FAILURES:
        is_divided = endpoints.rules(name).is_divided
        is_new = endpoint.probe_at is None
        if is_new and (not is_divided or before < settings.WEBHOOK_BREAKER_FAILURES):
            _raise_failing_alarm(endpoint)
        # Attempts that were under way when it opened say nothing new.
        if not is_divided and (is_new or was_probed):
            _schedule_probe(endpoint, now, asked_wait or timedelta(0))
    endpoint.save()


def _schedule_probe(endpoint: Endpoint, now: datetime, asked_wait: timedelta) -> None:
    before = endpoint.probe_wait_seconds
    is_recent = endpoint.failing_since is None or now - endpoint.failing_since < _AT_FIRST
    longest = _LONGEST_PROBE_SECONDS_AT_FIRST if is_recent else _LONGEST_PROBE_SECONDS
    endpoint.probe_wait_seconds = min(max(2 * before, _FIRST_PROBE_SECONDS), longest)
    spread = 1 + 0.1 * random.uniform(-1, 1)  # noqa: S311  # No secret.
    wait = timedelta(seconds=endpoint.probe_wait_seconds * spread)
    endpoint.probe_at = now + max(wait, asked_wait)


def _raise_failing_alarm(endpoint: Endpoint) -> None:
    times = endpoint.consecutive_failures
    alarms.raise_alarm(
        Alarm.Kind.FAILING,
        endpoint=endpoint.name,
        message=f"The receiver “{endpoint.name}” failed {times} times in a row. The last time:"
        f" {endpoint.last_failure} Events wait and nothing is lost; it is probed at growing"
        " intervals, up to five minutes. If this lasts, ask its operator.",
    )


def stop(name: str, now: datetime) -> None:
    """Stop an endpoint that answered 410 until staff resume it. Call it in a transaction."""
    Endpoint.objects.bulk_create([Endpoint(name=name)], ignore_conflicts=True)
    if Endpoint.objects.filter(pk=name, stopped_at=None).update(
        stopped_at=now, last_failure="It answered 410 Gone."
    ):
        alarms.raise_alarm(
            Alarm.Kind.STOPPED,
            endpoint=name,
            message=f"The receiver “{name}” answered 410 Gone: it wants no more events. They wait"
            " and do not expire. Ask whether its address has changed, then resume it.",
        )


@transaction.atomic
def resume(name: str) -> bool:
    """Resume a stopped or failing receiver; return False if it is neither."""
    now = database_time.now()
    endpoint = Endpoint.objects.select_for_update().filter(pk=name).first()
    if endpoint is None or endpoint.breaker == "closed":
        return False
    if endpoint.stopped_at is not None:
        # The time it was stopped does not count, except for urgent events.
        OutboundEvent.objects.filter(
            endpoint=name, state=WAITING, is_urgent=False, expires_at__isnull=False
        ).update(expires_at=F("expires_at") + (now - endpoint.stopped_at))
    Endpoint.objects.filter(pk=name).update(
        stopped_at=None,
        probe_at=None,
        probe_wait_seconds=0,
        consecutive_failures=0,
        failing_since=None,
    )
    alarms.resolve(Alarm.Kind.STOPPED, Alarm.Kind.FAILING, endpoint=name)
    hasten_all(name, now)
    wakeups.on_commit("integration.tasks.deliver_due")
    return True


def probe_now(name: str) -> bool:
    """Probe a failing receiver at once; return False if it is not failing."""
    open_now = Endpoint.objects.filter(pk=name, probe_at__isnull=False, stopped_at=None)
    if not open_now.update(probe_at=database_time.now()):
        return False
    wakeups.on_commit("integration.tasks.deliver_due")
    return True


def hasten_all(name: str, now: datetime) -> None:
    """Make every failed event of the endpoint due now; its place in the schedule stays.

    Events that the receiver asked not to be sent yet are left out.
    """
    _waiting_for_a_retry(name, now).update(due_at=now, attempt_count=F("attempt_count") - 1)


def _hasten_made_meanwhile(name: str, failing_since: datetime, now: datetime) -> None:
    """Make due what failed in a short outage, which may be one event that always fails.

    Its attempt is charged, and a long wait stays: otherwise that event is sent after each success
    for ever, or is given up within minutes.
    """
    soon = now + _LONGEST_WAIT_PER_OUTAGE * (now - failing_since)
    _waiting_for_a_retry(name, now).filter(due_at__lte=soon).update(due_at=now)


def _waiting_for_a_retry(name: str, now: datetime) -> QuerySet[OutboundEvent]:
    waiting = OutboundEvent.objects.filter(endpoint=name, state=WAITING, attempt_count__gt=0)
    return waiting.filter(due_at__gt=now).exclude(Q(leased_until__gt=now) | Q(asked_until__gt=now))
