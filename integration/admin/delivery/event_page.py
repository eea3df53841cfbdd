"""What the page of one event shows."""

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
    """JSON for people to read; anything else as it is."""
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
    """Everything the template needs; the number of queries does not depend on the attempts."""
    endpoint = Endpoint.objects.filter(pk=event.endpoint).first()
    readable = _readable(event.body)
    is_waiting = event.state == State.WAITING
    return {
        "explained": explanations.explain(event, endpoint, now),
        "before": explanations.standing_before(event) if is_waiting else None,
        "body": _block(readable) if event.erased_at is None else "Erased: it held personal data.",
        "exact_body": _block(event.body) if readable != event.body else None,
        "body_bytes": len(event.body.encode()),
        "facts": [(label, value) for label, value in _facts(event, now) if value],
        "tries": list(_tries(event, now)),
        "hidden_tries": max(0, event.claim_count - _SHOWN_ATTEMPTS),
        "may_be_stopped": is_waiting,
        "may_be_sent": _may_be_sent(event, now),
    }


def _may_be_sent(event: OutboundEvent, now: datetime) -> bool:
    """Whether sending it again may help; what else forbids it, the service says."""
    if event.erased_at is not None:
        return False  # There is nothing left to send.
    if event.state == State.WAITING and not event.claim_count:
        return False  # Its first try is yet to come.
    is_held = event.leased_until is not None and event.leased_until > now
    too_late = event.is_urgent and event.expires_at is not None and event.expires_at <= now
    return not (is_held or too_late or event.state == State.WITHDRAWN)


def _facts(event: OutboundEvent, now: datetime) -> Iterator[tuple[str, str]]:
    yield "Location", event.location_id
    yield "Receiver", event.endpoint
    yield "Event ID", str(event.public_id)
    yield "Ordering key", event.ordering_key
    yield "Made", explanations.at(event.created_at, now)
    if event.state == State.WAITING:
        tries = len(settings.WEBHOOK_RETRY_SECONDS) + 1
        used = str(event.attempt_count) if event.is_urgent else f"{event.attempt_count} of {tries}"
        yield "Tries used up", used
        yield "Due", explanations.at(event.due_at, now)
    if event.expires_at is not None:
        label = "Never sent after" if expiry.has_deadline(event) else "Given up if it fails after"
        yield label, explanations.at(event.expires_at, now)
    if event.finished_at is not None:
        yield "Ended", explanations.at(event.finished_at, now)
    if event.erased_at is not None:
        yield "Personal data erased", explanations.at(event.erased_at, now)
    yield "Urgent", "Yes: it is waited for" if event.is_urgent else ""


def _tries(event: OutboundEvent, now: datetime) -> Iterator[dict[str, Any]]:
    """The newest first; a number without a row is a try of which nobody wrote what came of it."""
    oldest = max(0, event.claim_count - _SHOWN_ATTEMPTS)
    written = {one.number: one for one in event.attempts.filter(number__gt=oldest)}
    is_held = event.leased_until is not None and event.leased_until > now
    for number in range(event.claim_count, oldest, -1):
        attempt = written.get(number)
        if attempt is not None:
            yield _try(attempt, now)
        elif number == event.claim_count and is_held:
            yield {"number": number, "kind": "under_way", "what": "It is under way right now."}
        else:
            yield {
                "number": number,
                "kind": "lost",
                "what": "The worker died before it could write what came of it.",
            }


def _try(attempt: DeliveryAttempt, now: datetime) -> dict[str, Any]:
    status = attempt.status_code
    return {
        "number": attempt.number,
        "kind": "arrived" if status is not None and 200 <= status < 300 else "failed",
        "what": attempt.error if status is None else f"It answered {status}.",
        "error": attempt.error if status is not None else "",
        "is_probe": attempt.is_probe,
        "at": explanations.at(attempt.started_at, now),
        "duration_ms": attempt.duration_ms,
        "headers": attempt.headers,
        "excerpt": _block(_readable(attempt.excerpt)) if attempt.excerpt else None,
    }
