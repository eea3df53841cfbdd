"""Limit what an outage writes to the log: repeats are counted and reported in one line."""

import atexit
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_SECONDS = 10.0
REPEATS = 3  # Lines of one kind per window.
LINES_PER_SECOND = 0.5  # Warnings and above, for one process; `serve` runs a handful.
BURST = 20.0
_DEBT = 60.0  # A long traceback silences repeats for two minutes at most.
_KINDS = 500
_SUMMARIES = 5  # Kinds named one by one; the others share a line.
_VARIABLE = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\d+", re.IGNORECASE)

Key = tuple[str, int, str]


@dataclass
class _Kind:
    """The records of one key in the current window."""

    since: float
    printed: int = 0
    skipped: int = 0
    excerpt: str = ""


class Limiter:
    """Decide which records are printed; hold at most a fixed number of kinds.

    The first record of a kind is always printed. Not thread-safe: the handler holds its lock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: OrderedDict[Key, _Kind] = OrderedDict()
        self._tokens = BURST
        self._refilled = clock()
        self._evicted = 0

    def admits(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        key = key_of(record)
        kind = self._kinds.get(key)
        if kind is None:
            self._add(key, _Kind(now, printed=1, excerpt=_excerpt(record)))
            return True
        self._kinds.move_to_end(key)
        if not kind.skipped and now - kind.since >= WINDOW_SECONDS:
            kind.since, kind.printed = now, 0
        # Warnings share a budget; what is written below that level does not come from outages.
        in_budget = record.levelno < logging.WARNING or self._refill(now) >= 1
        if kind.printed < REPEATS and not kind.skipped and in_budget:
            kind.printed += 1
            return True
        kind.skipped += 1
        return False

    def is_known(self, record: logging.LogRecord) -> bool:
        """Tell whether a record of this kind was printed before, with its traceback."""
        return key_of(record) in self._kinds

    def charge(self, lines: int) -> None:
        """Take the printed lines of a warning or an error from the budget."""
        self._tokens = max(-_DEBT, self._refill(self._clock()) - lines)

    def summaries(self, *, all_windows: bool = False) -> list[str]:
        """Return one line per kind whose window is over, and start its next window."""
        now = self._clock()
        over = [
            (key, kind)
            for key, kind in self._kinds.items()
            if kind.skipped and (all_windows or now - kind.since >= WINDOW_SECONDS)
        ]
        over.sort(key=lambda pair: -pair[1].skipped)
        lines = [
            f"{key[0]}: … repeated {kind.skipped} times in {now - kind.since:.0f} s: {kind.excerpt}"
            for key, kind in over[:_SUMMARIES]
        ]
        others = sum(kind.skipped for _, kind in over[_SUMMARIES:]) + self._evicted
        if others:
            lines.append(f"… {others} more repeated messages of other kinds")
        for _, kind in over:
            kind.since, kind.printed, kind.skipped = now, 0, 0
        self._evicted = 0
        return lines

    @property
    def has_skipped(self) -> bool:
        return self._evicted > 0 or any(kind.skipped for kind in self._kinds.values())

    def _add(self, key: Key, kind: _Kind) -> None:
        self._kinds[key] = kind
        if len(self._kinds) > _KINDS:
            self._evicted += self._kinds.popitem(last=False)[1].skipped

    def _refill(self, now: float) -> float:
        earned = (now - self._refilled) * LINES_PER_SECOND
        self._tokens = min(BURST, self._tokens + earned)
        self._refilled = now
        return self._tokens


def key_of(record: logging.LogRecord) -> Key:
    """Return the kind of a record: logger, level and template, or exception type and place."""
    if record.exc_info and record.exc_info[0] is not None:
        traceback = record.exc_info[2]
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        place = "" if traceback is None else f"{traceback.tb_frame.f_code}:{traceback.tb_lineno}"
        return (record.name, record.levelno, f"{record.exc_info[0].__qualname__} {place}")
    # A message that was formatted before it came here differs in its numbers.
    return (record.name, record.levelno, _VARIABLE.sub("#", str(record.msg)[:200]))


def _excerpt(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):  # Wrong arguments: the handler reports them.
        text = str(record.msg)
    return " ".join(text.split())[:160]


class LimitedHandler(logging.StreamHandler):  # type: ignore[type-arg]  # Standard error is the only stream.
    """Print to standard error, within the limits; a thread reports what was left out."""

    def __init__(self) -> None:
        super().__init__()
        self._limiter = Limiter()
        self._reporter: threading.Thread | None = None
        atexit.register(self.report, all_windows=True)

    def emit(self, record: logging.LogRecord) -> None:
        known = self._limiter.is_known(record)
        if not self._limiter.admits(record):
            self._ensure_reporter()
            return
        if known and record.exc_info:
            record = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        if record.levelno >= logging.WARNING:
            self._limiter.charge(self.format(record).count("\n") + 1)
        super().emit(record)

    def report(self, *, all_windows: bool = False) -> None:
        """Print the summaries that are due."""
        if self.stream.closed:  # Python is ending.
            return
        self.acquire()
        try:
            for line in self._limiter.summaries(all_windows=all_windows):
                level = logging.WARNING
                super().emit(logging.LogRecord(__name__, level, "", 0, "%s", (line,), None))
                self._limiter.charge(1)
        finally:
            self.release()

    def _ensure_reporter(self) -> None:
        # After a fork the thread is gone, and Python says so.
        if self._reporter is None or not self._reporter.is_alive():
            self._reporter = threading.Thread(target=self._run, name="log-summary", daemon=True)
            self._reporter.start()

    def _run(self) -> None:
        while True:
            time.sleep(WINDOW_SECONDS / 2)
            self.report()
            self.acquire()
            try:
                if not self._limiter.has_skipped:
                    self._reporter = None
                    return
            finally:
                self.release()
