"""Outbound events in the benchmark database."""

from django.db import connection
from django.utils import timezone

from integration.models import Endpoint, Merchant, OutboundEvent

EVENT_TYPE = "location.catalog.updated"
_BODY = '{"type":"location.catalog.updated","object":{"location_id":"%s"}}'
_TABLES = [
    "integration_outboundevent",
    "integration_deliveryattempt",
    "integration_alarm",
    "integration_deliverytally",
    "integration_queuesample",
]


def merchant() -> Merchant:
    row, _ = Merchant.objects.get_or_create(name="Benchmark", currency="usd")
    return row


def reset() -> None:
    """Empty the tables and reset the receivers to a working state, for a new round."""
    names = list(Endpoint.objects.values_list("name", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_TABLES)}")
    Endpoint.objects.all().delete()
    create_endpoints({"stream", *names})


def create_endpoints(names: set[str]) -> None:
    """Create the rows of these receivers: delivery serves only receivers with a row."""
    Endpoint.objects.bulk_create([Endpoint(name=name) for name in names], ignore_conflicts=True)


def make(count: int, label: str) -> None:
    """Create `count` events waiting for Stream, each with its own ordering key and due now."""
    owner, now = merchant(), timezone.now()
    names = [f"{label}-{number}" for number in range(count)]
    OutboundEvent.objects.bulk_create(
        [
            OutboundEvent(
                merchant=owner,
                location_id=name,
                event_type=EVENT_TYPE,
                ordering_key=name,
                body=_BODY % name,
                due_at=now,
            )
            for name in names
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE integration_outboundevent")  # As autovacuum eventually would.


def ids() -> list[int]:
    return list(OutboundEvent.objects.order_by("pk").values_list("pk", flat=True))


def all_finished() -> bool:
    return not OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING).exists()


def undelivered_count() -> int:
    return OutboundEvent.objects.exclude(state=OutboundEvent.State.DELIVERED).count()


def make_one(name: str) -> int:
    """Create one event as the peer's application would, and return its primary key."""
    event = OutboundEvent.objects.create(
        merchant=merchant(),
        location_id=name,
        event_type=EVENT_TYPE,
        ordering_key=name,
        body=_BODY % name,
    )
    return event.pk
