"""The thread that runs one round on time, and goes on whatever happens."""

import logging
import threading
import time
from collections.abc import Sequence

from django.db import close_old_connections, connection

from integration.db import outages, time_limits

from . import heartbeat
from .keeper import Keeper
from .registry import Round

log = logging.getLogger(__name__)

# Rounds this rare give their connection back in between.
_CLOSE_FROM_SECONDS = 10.0
_KEEP_EVERY_SECONDS = 1.0


class RoundThread(threading.Thread):
    """One round in this process, until `stop`."""

    def __init__(self, one: Round, keeper: Keeper) -> None:
        super().__init__(name=f"round: {one.name}", daemon=True)
        self.round = one
        self._keeper = keeper
        self._stopping = False
        self._wake = threading.Event()
        self._failures = 0

    def wake(self) -> None:
        """Run the round now rather than when it is due."""
        self._wake.set()

    def stop(self) -> None:
        """End after the run under way."""
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        time_limits.limit_thread("clocks")
        due = time.monotonic()
        while not self._stopping:
            self._wake.clear()
            self.tick()
            due = max(due + self.round.every_seconds, time.monotonic())
            self._wake.wait(max(0.0, due - time.monotonic()))
            due = min(due, time.monotonic())  # Woken early, the next run is a whole wait away.
        self._give_up_lease()
        connection.close()

    def tick(self) -> None:
        """Run the round once if this process is to run it; never raise."""
        if self.round.is_elected and not self._keeper.holds(self.round.name):
            return
        try:
            close_old_connections()
            self._run_once()
            self._works_again()
        except heartbeat.LeaseLost:
            log.warning("%s: another process took over; this run stops.", self.round.name)
        except Exception as error:  # noqa: BLE001  # The thread outlives any failure of a run.
            self._failed(error)
        if self._failures or self.round.every_seconds >= _CLOSE_FROM_SECONDS:
            connection.close()

    def _run_once(self) -> None:
        if not self.round.is_elected:
            self.round.task()
        else:
            heartbeat.begin(self.round.name, self._keeper.confirms)
            try:
                self.round.task()
            finally:
                heartbeat.end()
        if not self.round.beats_itself:
            heartbeat.beat(self.round.name)

    def _failed(self, error: Exception) -> None:
        """Log the first of a row of failures only; an outage is logged once for all rounds."""
        if outages.is_outage(error):
            outages.report(error)
            connection.close()
            return
        self._failures += 1
        if self._failures == 1:
            log.error(
                "%s: the round fails; it is tried again: %s", self.round.name, error,
                exc_info=error,
            )  # fmt: skip

    def _works_again(self) -> None:
        outages.report_success()
        if self._failures:
            log.warning("%s: the round works again after %d failures.", *self._facts())
            self._failures = 0

    def _facts(self) -> tuple[str, int]:
        return self.round.name, self._failures

    def _give_up_lease(self) -> None:
        try:
            self._keeper.give_up(self.round.name)
        except Exception as error:  # noqa: BLE001  # The lease ends by itself in seconds.
            log.info("%s: the lease was not given back: %s", self.round.name, error)


def start(rounds: Sequence[Round]) -> list[RoundThread]:
    """Start a thread for each round, and one that keeps this process's leases."""
    by_name: dict[str, RoundThread] = {}
    keeper = Keeper(rounds, on_taken=lambda name: by_name[name].wake())
    keep = Round(
        "leases", keeper.keep, "", _KEEP_EVERY_SECONDS, is_elected=False, beats_itself=True
    )
    by_name |= {one.name: RoundThread(one, keeper) for one in [*rounds, keep]}
    for thread in by_name.values():
        thread.start()
    return list(by_name.values())
