"""The watch over the workers, kept by web processes: a frozen worker cannot report itself."""

import logging
import socket
import threading
import time
from datetime import timedelta

from integration.db import database_time
from integration.failure_watch import alarm as failure_alarm
from integration.failure_watch import tally
from integration.models import Alarm
from integration.monitoring import alarm_mail, alarms

from . import round_thread, stalled
from .registry import Round
from .round_thread import RoundThread

log = logging.getLogger(__name__)

WORKERS = "workers"  # In the place of a receiver's name.
MOST_SKEW = timedelta(seconds=2)
# After a start the workers get the time to run for the first time.
_GRACE_SECONDS = 10.0
_lock = threading.Lock()
_threads: list[RoundThread] = []


class Watch:
    """Raises an alarm while rounds stand still, and resolves it when they run again."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._reported: list[str] = []

    def look(self) -> None:
        """Compare what stands still with the open alarm; mail a new one from here."""
        names = stalled.names()
        if names and time.monotonic() - self._started < _GRACE_SECONDS:
            return
        if not names:
            self._reported = []
            if Alarm.objects.filter(kind=Alarm.Kind.STALLED, resolved_at=None).exists():
                # On SQLite, even an UPDATE of no rows makes other writers wait.
                alarms.resolve(Alarm.Kind.STALLED, endpoint=WORKERS)
            return
        if names == self._reported and alarms.is_known(Alarm.Kind.STALLED, endpoint=WORKERS):
            return
        message = (
            f"No worker has run these for ten seconds: {', '.join(names)}."
            " Check that a worker runs and is not frozen, and restart it."
        )
        alarms.raise_alarm(Alarm.Kind.STALLED, endpoint=WORKERS, message=message)
        self._reported = names
        log.error("%s", message)
        alarm_mail.send_new()


_is_skewed: bool | None = None  # None: not measured yet; an alarm may be left from before.


def compare_clocks(process: str) -> None:
    """Measure this process's clock; raise an alarm while it differs too much from the database's.

    `process` stands for a kind of process: "worker" or "web".
    """
    global _is_skewed
    skew = database_time.measure()
    endpoint = f"{process} on {socket.gethostname()}"[:32]
    if abs(skew) <= MOST_SKEW:
        if _is_skewed is not False:
            if _is_skewed:
                log.warning("This machine's clock agrees with the database's again.")
            alarms.resolve(Alarm.Kind.SKEW, endpoint=endpoint)
            _is_skewed = False
        return
    if _is_skewed and alarms.is_known(Alarm.Kind.SKEW, endpoint=endpoint):
        return
    seconds = skew.total_seconds()
    where = "behind" if seconds > 0 else "ahead of"
    message = (
        f"A {process}'s clock is {abs(seconds):.0f} s {where} the database's."
        " Deadlines follow the database; set the machine's time service right."
    )
    alarms.raise_alarm(Alarm.Kind.SKEW, endpoint=endpoint, message=message)
    _is_skewed = True
    log.error("%s", message)
    alarm_mail.send_new()


def start() -> None:
    """Start the watches of this web process; of several, one looks."""
    with _lock:
        if _threads:
            return
        rounds = [
            Round("watch", Watch().look, "", every_seconds=2.0),
            Round(
                name="clock comparison",
                task=lambda: compare_clocks("web"),
                task_name="",
                every_seconds=5.0,
                is_elected=False,
                beats_itself=True,
            ),
            Round(
                name="saving counts",
                task=tally.answers.save,
                task_name="",
                every_seconds=10.0,
                is_elected=False,
                beats_itself=True,
            ),
            Round("failure watch", failure_alarm.look, "", every_seconds=10.0),
        ]
        _threads.extend(round_thread.start(rounds))
