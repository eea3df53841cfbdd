"""Our delivery workers and the peer's, as separate processes."""

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
    channel_url: str = "",
) -> Iterator[None]:
    """Run workers as in docs/production.md, warmed up; the channel's events go to its own URL."""
    environment = {
        "STREAM_WEBHOOK_URL": receiver.url(after_seconds),
        "BENCH_ENDPOINTS": json.dumps(endpoints or {}),
        "STREAM_DSP_WEBHOOK_URL": channel_url,
    }
    celery = ("celery", "--app", "benchmarks.servers.worker")
    worker = (*celery, "worker", "--pool", "threads", "--concurrency", "4", *_QUIET)
    with ExitStack() as stack:
        for number in range(1, workers + 1):
            command = (*worker, "--hostname", f"ours{number}@%h")
            stack.enter_context(
                processes.running(f"ours-{number}", *command, environment=environment)
            )
        _warm_up_ours(receiver, workers)
        yield


def _warm_up_ours(receiver: RemoteReceiver, workers: int) -> None:
    events.reset()
    for _ in range(workers):
        events.make(_WARM_UP, "warm")
        wake_ours()
        processes.wait_for("The warm-up of our worker", events.all_finished, _READY_SECONDS)
    receiver.forget()


def wake_ours() -> None:
    """Wake delivery as a commit does, often enough that every process is woken."""
    from stream_pos.celery import app

    for _ in range(8):
        app.send_task("integration.tasks.deliver_due")


@contextmanager
def peer(receiver: RemoteReceiver, *, after_seconds: float = 0) -> Iterator[None]:
    """Run the peer's worker, warmed up."""
    command = ("celery", "--app", "benchmarks.peers.task_per_event", "worker", "--pool", "prefork")
    concurrency = ("--concurrency", str(task_per_event.PROCESSES))
    environment = {"STREAM_WEBHOOK_URL": receiver.url(after_seconds)}
    worker = (*command, *concurrency, *_QUIET, "--queues", task_per_event.QUEUE)
    with processes.running("peer", *worker, environment=environment):
        events.reset()
        events.make(_WARM_UP, "warm")
        release_to_peer(prepare_for_peer())
        processes.wait_for("The warm-up of the peer", events.all_finished, _READY_SECONDS)
        receiver.forget()
        yield


def prepare_for_peer() -> str:
    """Enqueue a task per event in a queue that no worker reads; return the queue's name."""
    queue = f"{task_per_event.QUEUE}-prepared"
    with task_per_event.app.producer_pool.acquire(block=True) as producer:
        for key in events.ids():
            task_per_event.deliver.apply_async((key,), queue=queue, producer=producer)
    return queue


def release_to_peer(queue: str) -> None:
    """Hand over all tasks at once, so that creating them is not part of the measurement."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.rename(queue, task_per_event.QUEUE)
