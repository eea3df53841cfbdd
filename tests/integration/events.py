"""What became of an event."""

from integration.models import OutboundEvent


def state_of(event: OutboundEvent) -> str:
    event.refresh_from_db()
    return event.state
