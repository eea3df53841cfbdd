"""Health of this process and state of delivery to Stream."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Min, Q
from django.http import JsonResponse
from django.utils import timezone

from integration.models import Endpoint, OutboundEvent
from integration.webhooks import endpoints, explanations


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


def database_problem() -> str | None:
    """Return one sentence on why the database is unusable, or None."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return None if _is_migrated() else "Migrations are missing: run manage.py migrate."
    except (DatabaseError, InterfaceError):
        connection.close()
        return "The database does not answer."


def readiness() -> JsonResponse:
    """Answer 200 if the database responds and is migrated, with the state of delivery."""
    problem = database_problem()
    if problem is not None:
        return _unavailable(problem)
    try:
        state = delivery()
    except (DatabaseError, InterfaceError):  # It failed between the two queries.
        return _unavailable("The database does not answer.")
    details = {
        "waiting": state.waiting,
        "oldest_waiting_seconds": state.oldest_waiting_seconds,
        "is_stuck": state.is_stuck,
        "reason": state.reason,
        "receiver": state.receiver,
        "webhook_url_set": state.webhook_url_set,
    }
    return JsonResponse({"status": "ready", "database": "ok", "delivery": details})


def _unavailable(problem: str) -> JsonResponse:
    return JsonResponse({"status": "unavailable", "database": problem}, status=503)


@cache
def _latest_migrations() -> frozenset[tuple[str, str]]:
    """Return the code's latest migrations; they are constant for the life of the process."""
    return frozenset(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _is_migrated() -> bool:
    # Empty if the migrations table does not exist yet.
    applied = MigrationRecorder(connection).applied_migrations()
    return applied.keys() >= _latest_migrations()
