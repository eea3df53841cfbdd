"""Where a fault takes place: a stand with empty tables, a receiver, a writer, and processes."""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.test import override_settings

from tests.faults.receivers.receiver import Receiver
from tests.faults.servers.processes import Process, Processes, TooLate, until

from . import counts
from .counts import Expected, Outcome
from .writer import Writer


@dataclass(frozen=True)
class Size:
    """How much of everything: the short form, or with LONG=1 the whole."""

    is_long: bool
    keys: int
    per_key: int
    kills: int
    clock_step_minutes: int
    retry_seconds: list[int]


SHORT = Size(False, 6, 4, 1, 30, [0, 0] + [1] * 40)
LONG = Size(True, 12, 10, 3, 5, [1] * 60)


class Scene:
    """One run of one fault."""

    def __init__(self, stand: "Place", size: Size) -> None:
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

    def setting(self, **changes: Any) -> None:
        """Until the end of the run, in this process."""
        self._stack.enter_context(override_settings(**changes))

    def during(self, context: contextlib.AbstractContextManager[Any]) -> Any:
        """Enters it until the end of the run."""
        return self._stack.enter_context(context)

    def promise(self) -> None:
        """Owes all events before anything is sent."""
        self.writer.write(self.size.per_key)

    def deliver_until(
        self, what: str, condition: Callable[[], object], seconds: float = 60
    ) -> None:
        """Runs the delivery in this process, as a scheduler would, only more often."""
        from integration import tasks

        def delivered() -> object:
            tasks.deliver_due()
            return condition()

        until(what, delivered, seconds)

    def deliver_all(self, seconds: float = 60) -> None:
        self.deliver_until("the end of all events", all_are_over, seconds)

    def worker(self, *, wait: bool = True, **environment: str) -> Process:
        settings = {
            "STREAM_WEBHOOK_URL": self.receiver.url,
            "STREAM_WEBHOOK_RETRY_SECONDS": ",".join(map(str, self.size.retry_seconds)),
        }
        return self.processes.worker(settings | environment, wait=wait)

    def await_deliveries(self, number: int, seconds: float = 60) -> None:
        """Until so many more have arrived."""
        enough = len(self.receiver.accepted) + number
        until("some deliveries", lambda: len(self.receiver.accepted) >= enough, seconds)

    def restart_database(self, **how: Any) -> None:
        """Crashes it (cluster.Cluster.restart); this process notices when it asks again."""
        assert self.stand.restart_database is not None
        self.stand.restart_database(**how)
        connection.close()

    def flush_broker(self) -> None:
        """All wake-ups that are under way are gone."""
        from stream_pos.runtime import file_broker

        if self.is_embedded:
            file_broker.empty(settings.BROKER_DIR / "queue")
        else:
            with contextlib.closing(redis.Redis.from_url(settings.REDIS_URL)) as client:
                client.flushdb()

    def note_held(self) -> None:
        """What workers hold now may be sent again: one of them is about to be stopped."""
        from integration.models import OutboundEvent

        held = OutboundEvent.objects.filter(state="waiting", claim__isnull=False)
        ids = held.values_list("public_id", flat=True)
        self.expected.sent_again.update(str(public_id) for public_id in ids)

    def count_with(self, count: Callable[[Outcome], None]) -> None:
        """For a fault in which it is not the writer's events that are counted."""
        self._count = count

    def counted(self, outcome: Outcome) -> None:
        until("the receiver's rest", self.receiver.is_quiet, 20)
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
        self.receiver.forget()
        self.receiver.up()
        self.setting(
            STREAM_WEBHOOK_URL=self.receiver.url, WEBHOOK_RETRY_SECONDS=self.size.retry_seconds
        )
        return self

    def __exit__(self, *error: object) -> None:
        from integration.outbound_http import connections

        self._stack.close()
        self.processes.end_all(but_the_scheduler=True)
        self.receiver.down()
        connections.close_idle()


@dataclass
class Place:
    """What the runs of one stand share."""

    name: str
    folder: Path
    merchant_id: int
    receiver: Receiver
    processes: Processes
    restart_database: Callable[..., None] | None = None
    restart_broker: Callable[..., None] | None = None


Run = Callable[[Scene], None]


@dataclass(frozen=True)
class Fault:
    """`run` makes the fault happen and returns when everything is over."""

    name: str
    run: Run
    only_long: bool = False
    only_on: str = ""  # The name of the stand where alone it makes sense.


def play(fault: Fault, place: Place, size: Size) -> Outcome:
    """The counts are made in any case; what went wrong on the way is among the problems."""
    outcome = Outcome(fault.name, place.name)
    began = time.monotonic()
    with Scene(place, size) as scene:
        try:
            fault.run(scene)
        except TooLate as late:
            outcome.problems.append(str(late))
        except Exception as error:  # noqa: BLE001  # The other faults are run all the same.
            outcome.problems.append(f"{type(error).__name__}: {error}")
        try:
            scene.counted(outcome)
        except Exception as error:  # noqa: BLE001  # Such as a database that did not come back.
            outcome.problems.append(f"could not be counted: {type(error).__name__}: {error}")
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


def all_are_over() -> bool:
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
    """Yields now and again for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(every)
