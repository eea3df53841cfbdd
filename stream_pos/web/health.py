"""Whether this process can work, and how delivery to Stream stands."""

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
    reason: str | None  # Why nothing goes out, in one sentence; None: events go out as they arise.

    @property
    def is_stuck(self) -> bool:
        return self.reason is not None and self.waiting > 0


def delivery() -> Delivery:
    """Few questions, each to an index: what waits, what ended within a day, who receives."""
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
    """Why the database cannot be worked with; None when all is well."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return None if _is_migrated() else "Migrations are missing: run manage.py migrate."
    except (DatabaseError, InterfaceError):
        connection.close()
        return "The database does not answer."


def readiness() -> JsonResponse:
    """200 when the database answers and is migrated; the state of delivery is told beside it."""
    problem = database_problem()
    if problem is not None:
        return _unavailable(problem)
    try:
        state = delivery()
    except (DatabaseError, InterfaceError):  # It went away between the two questions.
        return _unavailable("The database does not answer.")
    told = {
        "waiting": state.waiting,
        "oldest_waiting_seconds": state.oldest_waiting_seconds,
        "is_stuck": state.is_stuck,
        "reason": state.reason,
        "receiver": state.receiver,
        "webhook_url_set": state.webhook_url_set,
    }
    return JsonResponse({"status": "ready", "database": "ok", "delivery": told})


def _unavailable(problem: str) -> JsonResponse:
    return JsonResponse({"status": "unavailable", "database": problem}, status=503)


@cache
def _wanted_migrations() -> frozenset[tuple[str, str]]:
    """The newest migrations of this code; they do not change while the process lives."""
    return frozenset(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _is_migrated() -> bool:
    # Knows of none when the table is not there yet.
    applied = MigrationRecorder(connection).applied_migrations()
    return applied.keys() >= _wanted_migrations()
