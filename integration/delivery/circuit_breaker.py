"""Whether an endpoint's receiver works, and what is sent to it while it does not.

Closed: everything is sent. Open, after many failures on end: single probes at growing intervals,
until one succeeds; only what cannot wait is sent beside them. Stopped, after a 410: nothing, until
staff resume it.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from integration import wakeups
from integration.models import Alarm, Endpoint, OutboundEvent
from integration.monitoring import alarms
from integration.webhooks import endpoints

from .leases import lease

WAITING = OutboundEvent.State.WAITING
_FIRST_PROBE_SECONDS = 5
_LONGEST_PROBE_SECONDS = 300
_FAILED_FOR_LONG = 3  # So many failures, and a success is news to the other waiting events.
_SUCCESS_NOTED_EVERY = timedelta(seconds=10)


def load() -> list[Endpoint]:
    """Every endpoint with its state; Stream is always one of them, others with their address."""
    known = list(Endpoint.objects.order_by("name"))
    missing = {name for name in endpoints.names() if _is_wanted(name)}
    missing -= {endpoint.name for endpoint in known}
    if missing:
        fresh = [Endpoint(name=name) for name in sorted(missing)]
        Endpoint.objects.bulk_create(fresh, ignore_conflicts=True)
        return load()
    return known


def _is_wanted(name: str) -> bool:
    return name == endpoints.STREAM or endpoints.destination(name) is not None


def take_probe(endpoint: Endpoint, now: datetime) -> bool:
    """Whether it is this worker that may ask the failing receiver now."""
    due = Endpoint.objects.filter(pk=endpoint.pk, probe_at=endpoint.probe_at, probe_at__lte=now)
    # Until then nobody else asks; if this worker dies, somebody does afterwards.
    return due.update(probe_at=now + lease()) == 1


def probe_later(endpoint: Endpoint) -> None:
    """There was nothing to ask with: the next event that is made asks at once."""
    Endpoint.objects.filter(pk=endpoint.pk, probe_at__isnull=False).update(probe_at=timezone.now())


def awaiting_success(names: Iterable[str], now: datetime) -> set[str]:
    """Those of the endpoints for which a success is anything to note."""
    failing = Q(consecutive_failures__gt=0) | Q(probe_at__isnull=False)
    long_ago = Q(last_success_at=None) | Q(last_success_at__lt=now - _SUCCESS_NOTED_EVERY)
    found = Endpoint.objects.filter(failing | long_ago, pk__in=list(names))
    return set(found.values_list("pk", flat=True))


def note_success(name: str, now: datetime) -> None:
    """The receiver works: what waits for it because it had failed for long goes out at once."""
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
        alarms.settle(Alarm.Kind.FAILING, endpoint=name)
        if before.probe_at is not None or before.consecutive_failures >= _FAILED_FOR_LONG:
            hasten_all(name, now)
        return
    Endpoint.objects.filter(pk=name).update(last_success_at=now)


def note_failures(
    name: str,
    count: int,
    why: str,
    now: datetime,
    *,
    was_probed: bool = False,
    asked_wait: timedelta | None = None,
) -> None:
    """So many tries failed after the last success; opens the breaker when they are too many."""
    Endpoint.objects.bulk_create([Endpoint(name=name)], ignore_conflicts=True)
    endpoint = Endpoint.objects.select_for_update().get(pk=name)
    endpoint.consecutive_failures += count
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.last_failure = why[:200]
    if endpoint.consecutive_failures >= settings.WEBHOOK_BREAKER_FAILURES:
        is_new = endpoint.probe_at is None
        if is_new:
            _sound_failing(endpoint)
        # Tries that were under way when it opened say nothing new.
        if is_new or was_probed:
            _put_off_probe(endpoint, now, asked_wait or timedelta(0))
    endpoint.save()


def _put_off_probe(endpoint: Endpoint, now: datetime, asked_wait: timedelta) -> None:
    before = endpoint.probe_wait_seconds
    endpoint.probe_wait_seconds = min(max(2 * before, _FIRST_PROBE_SECONDS), _LONGEST_PROBE_SECONDS)
    spread = 1 + 0.1 * random.uniform(-1, 1)  # noqa: S311  # No secret.
    wait = timedelta(seconds=endpoint.probe_wait_seconds * spread)
    endpoint.probe_at = now + max(wait, asked_wait)


def _sound_failing(endpoint: Endpoint) -> None:
    times = endpoint.consecutive_failures
    alarms.sound(
        Alarm.Kind.FAILING,
        endpoint=endpoint.name,
        message=f"The receiver “{endpoint.name}” failed {times} times on end. The last time:"
        f" {endpoint.last_failure} Events wait and nothing is lost; it is asked again at growing"
        " intervals, up to five minutes. If it lasts, ask who runs it.",
    )


def stop(name: str, now: datetime) -> None:
    """It answered 410: nothing is sent any more until staff resume it. In a transaction."""
    Endpoint.objects.bulk_create([Endpoint(name=name)], ignore_conflicts=True)
    if Endpoint.objects.filter(pk=name, stopped_at=None).update(
        stopped_at=now, last_failure="It answered 410 Gone."
    ):
        alarms.sound(
            Alarm.Kind.STOPPED,
            endpoint=name,
            message=f"The receiver “{name}” answered 410 Gone: it wants no more events. They wait,"
            " unexpired. Ask whether its address has changed, then resume it.",
        )


@transaction.atomic
def resume(name: str) -> bool:
    """Sends to a stopped or failing receiver again; False when it was neither."""
    now = timezone.now()
    endpoint = Endpoint.objects.select_for_update().filter(pk=name).first()
    if endpoint is None or endpoint.breaker == "closed":
        return False
    if endpoint.stopped_at is not None:
        # The time it was stopped does not count, but for what Stream waits for.
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
    alarms.settle(Alarm.Kind.STOPPED, Alarm.Kind.FAILING, endpoint=name)
    hasten_all(name, now)
    wakeups.on_commit("integration.tasks.deliver_due")
    return True


def probe_now(name: str) -> bool:
    """Asks a failing receiver at once; False when it is not failing."""
    open_now = Endpoint.objects.filter(pk=name, probe_at__isnull=False, stopped_at=None)
    if not open_now.update(probe_at=timezone.now()):
        return False
    wakeups.on_commit("integration.tasks.deliver_due")
    return True


def hasten_all(name: str, now: datetime) -> None:
    """Makes every failed event of the endpoint due now; its place in the schedule stays.

    But not one that the receiver asked to be spared for longer.
    """
    OutboundEvent.objects.filter(
        endpoint=name, state=WAITING, due_at__gt=now, attempt_count__gt=0
    ).exclude(Q(leased_until__gt=now) | Q(asked_until__gt=now)).update(
        due_at=now, attempt_count=F("attempt_count") - 1
    )
