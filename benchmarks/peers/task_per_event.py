"""The peer: the usual way to send webhooks with Celery, one task per event.

As in django-webhook and saleor, the task loads the row, posts over a new connection, and saves the
result. Celery has its default settings except `acks_late`, without which a killed worker would
lose events.
"""

import os

import requests
from celery import Celery
from celery.signals import worker_init, worker_process_init
from django.conf import settings
from django.utils import timezone

from integration.bounded.parent_death import die_with_parent
from integration.webhooks.signing import signature

QUEUE = "bench-task-per-event"
PROCESSES = 4
NAME = f"one Celery task for each event, requests.post, prefork {PROCESSES}"

app = Celery("benchmarks", broker=os.environ.get("REDIS_URL"), set_as_current=False)
app.conf.update(task_default_queue=QUEUE, task_acks_late=True, worker_hijack_root_logger=False)


@app.task(ignore_result=True)
def deliver(event_id: int) -> None:
    # Celery sets up Django after importing this module.
    from integration.models import (
        OutboundEvent,
    )

    event = OutboundEvent.objects.get(pk=event_id)
    body = event.body.encode()
    webhook_signature = signature(body, secret=settings.STREAM_WEBHOOK_SECRET, encoding="hex")
    answer = requests.post(
        settings.STREAM_WEBHOOK_URL,
        data=body,
        headers={"Content-Type": "application/json", "Stream-Webhook-Signature": webhook_signature},
        timeout=settings.WEBHOOK_TIMEOUT_SECONDS,
    )
    answer.raise_for_status()
    event.state = OutboundEvent.State.DELIVERED
    event.attempt_count += 1
    event.finished_at = timezone.now()
    event.save(update_fields=["state", "attempt_count", "finished_at"])


@worker_init.connect
@worker_process_init.connect
def _end_with_parent(**kwargs: object) -> None:
    die_with_parent()
