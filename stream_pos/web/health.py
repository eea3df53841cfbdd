"""Health of this process and state of delivery to Stream."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import Error
from django.db.models import Count, Min, Q
from django.http import JsonResponse
from django.utils import timezone

from integration.clocks import stalled
from integration.db import outages
from integration.models import Endpoint, OutboundEvent
from integration.webhooks import endpoints, explanations

from . import database_health


@dataclass(frozen=True)
class Delivery:
    """The state of delivery to Stream."""

    waiting: int
    oldest_waiting_seconds: int | None
    delivered_last_hour: int
    failed_last_day: int
    webhook_url_set: bool
    receiver: str  # closed (works), open (failing, only probed) or stopped (it answered 410).
    reason: str | None  # One sentence on why nothing is sent; None: events are sent at once.

    @property
    def is_stuck(self) -> bool:
        return self.reason is not None and self.waiting > 0


def delivery() -> Delivery:
    """Return the current state of delivery, from three indexed queries."""
    state = OutboundEvent.State
    now = timezone.now()
    waiting = OutboundEvent.objects.filter(state=state.WAITING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    ended = OutboundEvent.objects.filter(finished_at__gt=day).aggregate(
        delivered=Count("pk", filter=Q(state=state.DELIVERED, finished_at__gt=hour)),
        failed=Count("pk", filter=Q(state=state.FAILED)),
    )
    stream = Endpoint.objects.filter(pk=endpoints.STREAM).first() or Endpoint(endpoints.STREAM)
    oldest = waiting["oldest"]
    return Delivery(
        waiting=waiting["count"],
        oldest_waiting_seconds=int((now - oldest).total_seconds()) if oldest else None,
        delivered_last_hour=ended["delivered"],
        failed_last_day=ended["failed"],
        webhook_url_set=bool(settings.STREAM_WEBHOOK_URL),
        receiver=stream.breaker,
        reason=explanations.why_stuck(stream, now),
    )


def readiness() -> JsonResponse:
    """Answer 200 if the database responds and is migrated, with the state of delivery."""
    problem = database_health.problem()
    if problem is not None:
        return _unavailable(problem)
    try:
        state = delivery()
        standing_still = stalled.names()
    except Error as error:
        if not outages.is_outage(error):
            raise
        outages.report(error)
        return _unavailable("The database does not answer.")
    outages.report_success()
    details = {
        "waiting": state.waiting,
        "oldest_waiting_seconds": state.oldest_waiting_seconds,
        "is_stuck": state.is_stuck,
        "reason": state.reason,
        "receiver": state.receiver,
        "webhook_url_set": state.webhook_url_set,
    }
    body = {"status": "ready", "database": "ok", "stalled": standing_still, "delivery": details}
    return JsonResponse(body)


def _unavailable(problem: str) -> JsonResponse:
    response = JsonResponse({"status": "unavailable", "database": problem}, status=503)
    response["Retry-After"] = "5"
    return response
