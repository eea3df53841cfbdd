"""The Celery application. Tasks carry ids, may run twice, and are enqueued on commit.

There is no beat schedule: each worker runs the rounds by its own clock (integration.clocks).
"""

import logging
import os
from typing import Any

from celery import Celery, signals

from integration.bounded.parent_death import watch_parent

from .runtime import file_broker, pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
file_broker.register()
app = Celery("stream_pos")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_connection_retry_on_startup=True,
    # The clocks run without the broker, so a worker waits for it as long as it takes.
    broker_connection_max_retries=None,
    task_default_queue="stream-pos",
    task_ignore_result=True,
    # A lost wake-up costs one sweep; a blocked request costs more.
    task_publish_retry=False,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    # Otherwise Celery opens a new database connection for every task. Celery reads this exact name.
    CELERY_DB_REUSE_MAX=100_000,
)
app.autodiscover_tasks()


@signals.setup_logging.connect
def _use_our_logging(loglevel: int = logging.INFO, **kwargs: Any) -> None:
    """Keep the limited handler of our settings; Celery would add unlimited ones."""
    logging.getLogger().setLevel(loglevel)


@signals.worker_init.connect
def _let_supervisor_watch(**kwargs: Any) -> None:
    pulse.start()


@signals.worker_process_init.connect
def _end_with_worker(**kwargs: Any) -> None:
    """End the processes of a prefork pool with their worker."""
    watch_parent()


@signals.task_prerun.connect
def _limit_task(**kwargs: Any) -> None:
    """Limit the database work of the worker's thread that runs the task."""
    from integration.db.time_limits import limit_thread  # Django is set up by now.

    limit_thread("tasks")


@signals.task_success.connect
def _note_success(**kwargs: Any) -> None:
    """Log the end of an outage that earlier tasks met."""
    from integration.db import outages  # Django is set up by now.

    outages.report_success()
