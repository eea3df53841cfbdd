"""The context of an event's page."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integration.models import DeliveryAttempt, Endpoint, OutboundEvent
from integration.webhooks import expiry, explanations

State = OutboundEvent.State

_SHOWN_CHARACTERS = 200_000
_SHOWN_ATTEMPTS = 100


def as_block(text: str) -> SafeString:
    """Render text as a block: JSON indented, anything else as it is."""
    return _block(_readable(text))


def _readable(text: str) -> str:
    with suppress(ValueError, RecursionError):
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text


def _block(text: str) -> SafeString:
    if len(text) > _SHOWN_CHARACTERS:
        text = f"{text[:_SHOWN_CHARACTERS]}\n… ({len(text)} characters)"
    return format_html('<pre class="sp-text" tabindex="0">{}</pre>', text)


def page_of(event: OutboundEvent, now: datetime) -> dict[str, Any]:
    """Return the template context; the number of queries does not depend on the attempts."""
    endpoint = Endpoint.objects.filter(pk=event.endpoint).first()
    readable = _readable(event.body)
    is_waiting = event.state == State.WAITING
    return {
        "explained": explanations.explain(event, endpoint, now),
        "before": explanations.blocking_event(event) if is_waiting else None,
        "body": _block(readable)
        if event.erased_at is None
        else "Erased because it contained personal data.",
        "exact_body": _block(event.body) if readable != event.body else None,
        "body_bytes": len(event.body.encode()),
        "facts": [(label, value) for label, value in _facts(event, now) if value],
        "tries": list(_attempts(event, now)),
        "hidden_tries": max(0, event.claim_count - _SHOWN_ATTEMPTS),
        "may_be_stopped": is_waiting,
        "may_be_sent": _may_be_sent(event, now),
    }


def _may_be_sent(event: OutboundEvent, now: datetime) -> bool:
    """Tell if sending it again makes sense; the service checks any other conditions."""
    if event.erased_at is not None:
        return False  # Nothing is left to send.
    if event.state == State.WAITING and not event.claim_count:
        return False  # Its first attempt is still to come.
    is_held = event.leased_until is not None and event.leased_until > now
    too_late = event.is_urgent and event.expires_at is not None and event.expires_at <= now
    return not (is_held or too_late or event.state == State.WITHDRAWN)


def _facts(event: OutboundEvent, now: datetime) -> Iterator[tuple[str, str]]:
    yield "Location", event.location_id
    yield "Receiver", event.endpoint
    yield "Event ID", str(event.public_id)
    yield "Ordering key", event.ordering_key
    yield "Created", explanations.relative_time(event.created_at, now)
    if event.state == State.WAITING:
        most = len(settings.WEBHOOK_RETRY_SECONDS) + 1
        used = str(event.attempt_count) if event.is_urgent else f"{event.attempt_count} of {most}"
        yield "Attempts used", used
        yield "Due", explanations.relative_time(event.due_at, now)
    if event.expires_at is not None:
        label = "Never sent after" if expiry.has_deadline(event) else "Given up if it fails after"
        yield label, explanations.relative_time(event.expires_at, now)
    if event.finished_at is not None:
        yield "Ended", explanations.relative_time(event.finished_at, now)
    if event.erased_at is not None:
        yield "Personal data erased", explanations.relative_time(event.erased_at, now)
    yield "Urgent", "Yes: Stream is waiting for it" if event.is_urgent else ""


def _attempts(event: OutboundEvent, now: datetime) -> Iterator[dict[str, Any]]:
    """List attempts newest first; a number without a row is an attempt whose result was lost."""
    oldest = max(0, event.claim_count - _SHOWN_ATTEMPTS)
    rows = {attempt.number: attempt for attempt in event.attempts.filter(number__gt=oldest)}
    is_held = event.leased_until is not None and event.leased_until > now
    for number in range(event.claim_count, oldest, -1):
        attempt = rows.get(number)
        if attempt is not None:
            yield _attempt(attempt, now)
        elif number == event.claim_count and is_held:
            yield {"number": number, "kind": "under_way", "what": "In progress."}
        else:
            yield {
                "number": number,
                "kind": "lost",
                "what": "The worker died before it could record the result.",
            }


def _attempt(attempt: DeliveryAttempt, now: datetime) -> dict[str, Any]:
    status = attempt.status_code
    return {
        "number": attempt.number,
        "kind": "arrived" if status is not None and 200 <= status < 300 else "failed",
        "what": attempt.error if status is None else f"It answered {status}.",
        "error": attempt.error if status is not None else "",
        "is_probe": attempt.is_probe,
        "at": explanations.relative_time(attempt.started_at, now),
        "duration_ms": attempt.duration_ms,
        "headers": attempt.headers,
        "excerpt": _block(_readable(attempt.excerpt)) if attempt.excerpt else None,
    }
