"""Stream as the receiver of the channel's events (contract DSP-WH)."""

from datetime import datetime, timedelta

from django.conf import settings

from integration.models import OutboundEvent
from integration.webhooks import first_event as first_events
from integration.webhooks import outbox
from integration.webhooks.endpoints import Destination, Rules

from .bodies import Body

NAME = "stream_dsp"
RULES = Rules(
    taken_over=frozenset({409}),
    misdirected=frozenset({401, 403, 404}),
    is_stopped_by_gone=False,
    doubles_waits=True,
    is_divided=True,
)
# Somebody may still come for the food, or look whether the store is open.
WORTH_SENDING = timedelta(hours=24)


def destination() -> Destination | None:
    """Return where events go; None while there is no address: they wait until their deadline."""
    if not settings.STREAM_DSP_CLIENT_ID or not settings.DSP.webhook_url:
        return None
    return Destination(
        url=settings.DSP.webhook_url,
        secrets=settings.DSP.webhook_secrets,
        signature_encoding=settings.STREAM_WEBHOOK_SIGNATURE_ENCODING,
        is_repeated_at_once=False,
        excerpt_bytes=2048,
    )


def first_event(
    body: Body, *, merchant_id: int, ordering_key: str, now: datetime, expires_at: datetime
) -> OutboundEvent:
    """Return the unsaved first event of its ordering key, for `first_event.insert`."""
    return first_events.unsaved(
        body,
        merchant_id=merchant_id,
        location_id=body["location_id"],
        event_type=body["type"],
        ordering_key=ordering_key,
        now=now,
        expires_at=expires_at,
        endpoint=NAME,
    )


def owe(
    body: Body,
    *,
    merchant_id: int,
    ordering_key: str,
    expires_at: datetime,
    replaces_waiting: bool = False,
) -> OutboundEvent:
    """Owe Stream the event in the caller's transaction; it is never sent after `expires_at`."""
    return outbox.emit(
        merchant_id=merchant_id,
        location_id=body["location_id"],
        event_type=body["type"],
        ordering_key=ordering_key,
        body=body,
        expires_at=expires_at,
        replaces_waiting=replaces_waiting,
        endpoint=NAME,
    )
