"""The scene of a fault: a stand with empty tables, a receiver, a writer, and processes."""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import redis
from django.conf import settings
from django.db import connection
from django.test import override_settings

from tests.faults.receivers.receiver import Receiver
from tests.faults.servers.postgresql_cluster import Cluster
from tests.faults.servers.processes import Process, Processes, TimedOut, until

from . import counts
from .counts import Expected, Outcome
from .writer import Writer


@dataclass(frozen=True)
class Size:
    """The size of a run: the short form or, with LONG=1, the full suite."""

    is_long: bool
    keys: int
    per_key: int
    kills: int
    clock_step_minutes: int
    retry_seconds: list[int]


SHORT = Size(False, 6, 4, 1, 30, [0, 0] + [1] * 40)
LONG = Size(True, 12, 10, 3, 5, [1] * 60)


class Scene:
    """A single run of a fault."""

    def __init__(self, stand: "Stand", size: Size) -> None:
        self.stand = stand
        self.size = size
        self.receiver = stand.receiver
        self.processes = stand.processes
        self.keys = [f"key-{number}" for number in range(size.keys)]
        self.writer = Writer(stand.merchant_id, self.keys)
        self.committed_elsewhere: dict[str, tuple[str, int]] = {}
        self.expected = Expected()
        self.problems: list[str] = []
        self.notes: list[str] = []
        self._count: Callable[[Outcome], None] | None = None
        self._stack = ExitStack()

    @property
    def is_embedded(self) -> bool:
        return not settings.REDIS_URL

    def change_settings(self, **changes: Any) -> None:
        """Override settings in this process until the end of the run."""
        self._stack.enter_context(override_settings(**changes))

    def enter(self, context: contextlib.AbstractContextManager[Any]) -> Any:
        """Enter a context until the end of the run."""
        return self._stack.enter_context(context)

    def write_all(self) -> None:
        """Create all events before anything is sent."""
        self.writer.write(self.size.per_key)

    def deliver_until(
        self, event: str, condition: Callable[[], object], seconds: float = 60
    ) -> None:
        """Run delivery in this process, like a clock but more often."""
        from integration import tasks

        def delivered() -> object:
            tasks.deliver_due()
            return condition()

        until(event, delivered, seconds)

    def deliver_all(self, seconds: float = 60) -> None:
        self.deliver_until("the end of all events", all_finished, seconds)

    def worker(self, *, wait: bool = True, **environment: str) -> Process:
        settings = {
            "STREAM_WEBHOOK_URL": self.receiver.url,
            "STREAM_WEBHOOK_RETRY_SECONDS": ",".join(map(str, self.size.retry_seconds)),
        }
        return self.processes.worker(settings | environment, wait=wait)

    def await_deliveries(self, number: int, seconds: float = 60) -> None:
        """Wait until this many more events have arrived."""
        required = len(self.receiver.accepted) + number
        until("some deliveries", lambda: len(self.receiver.accepted) >= required, seconds)

    def restart_database(self, **options: Any) -> None:
        """Crash and restart the database (Cluster.restart) and reconnect this process."""
        assert self.stand.restart_database is not None
        self.stand.restart_database(**options)
        connection.close()

    def flush_broker(self) -> None:
        """Discard all pending wake-ups."""
        from stream_pos.runtime import file_broker

        if self.is_embedded:
            file_broker.empty(settings.BROKER_DIR / "queue")
        else:
            with contextlib.closing(redis.Redis.from_url(settings.REDIS_URL)) as client:
                client.flushdb()

    def allow_repeats_of_claimed(self) -> None:
        """Allow repeats of events claimed now, before a worker is stopped."""
        from integration.models import OutboundEvent

        claimed = OutboundEvent.objects.filter(state="waiting", claim__isnull=False)
        ids = claimed.values_list("public_id", flat=True)
        self.expected.sent_again.update(str(public_id) for public_id in ids)

    def count_with(self, count: Callable[[Outcome], None]) -> None:
        """Use another count instead of that of the writer's events."""
        self._count = count

    def count_into(self, outcome: Outcome) -> None:
        until("the receiver to become idle", self.receiver.is_quiet, 20)
        committed = self.writer.committed | self.committed_elsewhere
        outcome.problems += self.problems
        outcome.notes += self.notes
        if self._count is not None:
            self._count(outcome)
            return
        counts.count(outcome, committed, self.receiver, self.expected)

    def __enter__(self) -> "Scene":
        empty_tables()
        self.flush_broker()
        self.receiver.clear()
        self.receiver.up()
        self.change_settings(
            STREAM_WEBHOOK_URL=self.receiver.url, WEBHOOK_RETRY_SECONDS=self.size.retry_seconds
        )
        return self

    def __exit__(self, *error: object) -> None:
        from integration.outbound_http import connections

        self._stack.close()
        self.processes.stop_unshared()
        self.receiver.down()
        connections.close_idle()


class Shared(Protocol):
    """Processes that several runs share."""

    def close(self) -> None:
        """Stop them."""


@dataclass
class Stand:
    """The environment shared by the runs of a stand."""

    name: str
    folder: Path
    merchant_id: int
    receiver: Receiver
    processes: Processes
    restart_database: Callable[..., None] | None = None
    restart_broker: Callable[..., None] | None = None
    cluster: Cluster | None = None
    shared: Shared | None = None

    def end_shared(self) -> None:
        """Stop what runs share; the next that needs it starts it anew."""
        if self.shared is not None:
            self.shared.close()
            self.shared = None


Run = Callable[[Scene], None]


@dataclass(frozen=True)
class Fault:
    """A fault; `run` causes it and returns when all events are finished."""

    name: str
    run: Run
    only_long: bool = False
    only_on: str = ""  # The name of the only stand where it makes sense.
    shares: bool = False  # It uses the processes that the stand keeps for several runs.


def play(fault: Fault, stand: Stand, size: Size) -> Outcome:
    """Run a fault and count in any case; errors on the way become problems."""
    outcome = Outcome(fault.name, stand.name)
    started = time.monotonic()
    if not fault.shares:
        stand.end_shared()
    with Scene(stand, size) as scene:
        try:
            fault.run(scene)
        except TimedOut as timeout:
            outcome.problems.append(str(timeout))
        except Exception as error:  # noqa: BLE001  # The other faults still run.
            outcome.problems.append(f"{type(error).__name__}: {error}")
        try:
            scene.count_into(outcome)
        except Exception as error:  # noqa: BLE001  # For example, the database did not come back.
            outcome.problems.append(f"could not be counted: {type(error).__name__}: {error}")
    if not outcome.passed:
        stand.end_shared()  # It may be what is broken.
    outcome.seconds = round(time.monotonic() - started, 1)
    return outcome


def all_finished() -> bool:
    from integration.models import OutboundEvent

    return not OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING).exists()


def empty_tables() -> None:
    from integration import models

    tables = (
        models.DeliveryAttempt, models.OutboundEvent, models.Alarm, models.DeliveryTally,
        models.QueueSample, models.Endpoint,
    )  # fmt: skip
    for table in tables:
        table.objects.all().delete()


def pauses(seconds: float, every: float) -> Iterator[None]:
    """Yield at intervals for the given time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(every)
