"""The two ways of delivering, as real processes: ours, and the peer's."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import redis

from benchmarks.data import events
from benchmarks.peers import task_per_event

from . import processes
from .receiver import RemoteReceiver

_READY_SECONDS = 60
_WARM_UP = 100
_QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")


@contextmanager
def ours(
    receiver: RemoteReceiver,
    *,
    after_seconds: float = 0,
    workers: int = 1,
    endpoints: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Workers and the scheduler as docs/production.md starts them; they have sent before."""
    environment = {
        "STREAM_WEBHOOK_URL": receiver.url(after_seconds),
        "BENCH_ENDPOINTS": json.dumps(endpoints or {}),
    }
    celery = ("celery", "--app", "benchmarks.servers.worker")
    worker = (*celery, "worker", "--pool", "threads", "--concurrency", "4", *_QUIET)
    beat = (*celery, "beat", "--scheduler", "celery.beat:Scheduler", "--loglevel", "WARNING")
    with ExitStack() as stack:
        for number in range(1, workers + 1):
            named = (*worker, "--hostname", f"ours{number}@%h")
            stack.enter_context(
                processes.running(f"ours-{number}", *named, environment=environment)
            )
        stack.enter_context(processes.running("ours-beat", *beat, environment=environment))
        _warm_up_ours(receiver, workers)
        yield


def _warm_up_ours(receiver: RemoteReceiver, workers: int) -> None:
    events.forget_all()
    for _ in range(workers):
        events.make(_WARM_UP, "warm")
        wake_ours()
        processes.wait_for("The warm-up of our worker", events.all_are_over, _READY_SECONDS)
    receiver.forget()


def wake_ours() -> None:
    """What a commit does, often enough that every process hears of it."""
    from stream_pos.celery import app

    for _ in range(8):
        app.send_task("integration.tasks.deliver_due")


@contextmanager
def peer(receiver: RemoteReceiver, *, after_seconds: float = 0) -> Iterator[None]:
    """The peer's worker; it has sent before."""
    command = ("celery", "--app", "benchmarks.peers.task_per_event", "worker", "--pool", "prefork")
    concurrency = ("--concurrency", str(task_per_event.PROCESSES))
    environment = {"STREAM_WEBHOOK_URL": receiver.url(after_seconds)}
    worker = (*command, *concurrency, *_QUIET, "--queues", task_per_event.QUEUE)
    with processes.running("peer", *worker, environment=environment):
        events.forget_all()
        events.make(_WARM_UP, "warm")
        release_to_peer(prepare_for_peer())
        processes.wait_for("The warm-up of the peer", events.all_are_over, _READY_SECONDS)
        receiver.forget()
        yield


def prepare_for_peer() -> str:
    """Puts a task for each event in the named queue, which no worker reads."""
    queue = f"{task_per_event.QUEUE}-prepared"
    with task_per_event.app.producer_pool.acquire(block=True) as producer:
        for key in events.ids():
            task_per_event.deliver.apply_async((key,), queue=queue, producer=producer)
    return queue


def release_to_peer(queue: str) -> None:
    """All tasks at once, so that making them takes nothing from the time that is measured."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.rename(queue, task_per_event.QUEUE)
