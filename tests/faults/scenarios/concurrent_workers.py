"""Several workers at once: nothing is sent twice or out of order."""

import random
import threading

from tests.faults.receivers import behaviors
from tests.faults.receivers.receiver import Exchange, healthy
from tests.faults.servers.processes import until
from tests.faults.stage.scene import Fault, Run, Scene, all_finished
from tests.faults.stage.writer import Writer

from .worker_kills import QUICK_LEASE


def together(count: int) -> Run:
    """Run this many workers with two writers and a receiver that fails now and then."""

    def run(scene: Scene) -> None:
        chance = random.Random(count)

        def behave(exchange: Exchange) -> None:
            exchange.answer(503 if chance.random() < 0.15 else 200)

        scene.receiver.behave = behave
        workers = [scene.worker(wait=False) for _ in range(count)]
        for worker in workers:
            scene.processes.await_start(worker)
        other = Writer(scene.stand.merchant_id, [f"other-{key}" for key in scene.keys], seed=1)
        for writer in (scene.writer, other):
            writer.start(2 * scene.size.per_key, pause_seconds=0.02)
        for writer in (scene.writer, other):
            writer.join()
        scene.committed_elsewhere = other.committed
        until("the end of all events", all_finished, 120)
        _expect_no_aborts(scene.writer.aborted + other.aborted, scene)
        busy = [scene.processes.attempts_by(worker) for worker in workers]
        if sum(number > 0 for number in busy) < 2:
            scene.problems.append(f"the workers did not share the work: {busy} attempts")
        if any(worker.poll() is not None for worker in workers):
            scene.problems.append("a worker ended unexpectedly")

    return run


def _expect_no_aborts(transactions: int, scene: Scene) -> None:
    """Check that delivery does not abort the writers' transactions."""
    if transactions:
        scene.problems.append(f"{transactions} transactions of the writers were aborted")


def _replaced(scene: Scene) -> None:
    """Replace busy workers one by one, as in a rolling deployment."""
    scene.receiver.behave = healthy
    worker = scene.worker()
    with scene.writer.writing():
        for _ in range(2 * scene.size.kills):
            successor = scene.worker()
            scene.await_deliveries(3)
            if not scene.processes.stop(worker):
                scene.problems.append("a worker did not terminate on request")
            worker = successor
    until("the end of all events", all_finished, 60)


def _all_at_once(scene: Scene) -> None:
    """Two workers, a receiver with every misbehavior, and a kill -9 every few seconds."""
    chance, lock = random.Random(7), threading.Lock()
    kinds = [
        behaviors.hang, behaviors.cut_head, behaviors.reset_after_reading, behaviors.no_http,
        behaviors.statuses(500, 503, 429, 408, 302),
    ]  # fmt: skip

    def behave(exchange: Exchange) -> None:
        with lock:
            kind = chance.choice(kinds) if chance.random() < 0.3 else healthy
        kind(exchange)

    scene.receiver.behave = behave
    workers = [scene.worker(**QUICK_LEASE) for _ in range(2)]
    with scene.writer.writing():
        for number in range(2 * scene.size.kills):
            scene.await_deliveries(4, seconds=90)
            scene.allow_repeats_of_claimed()
            scene.processes.kill(workers.pop(0))
            workers.append(scene.worker(**QUICK_LEASE, wait=number % 2 == 0))
    until("the end of all events", all_finished, 200)


FAULTS = [
    Fault("two workers at once", together(2)),
    Fault("four workers at once", together(4)),
    Fault("workers replaced", _replaced),
    Fault("all at once", _all_at_once, only_long=True),
]
