"""The memory that a process and its descendants take at most, read from /proc."""

import contextlib
import re
import threading
from pathlib import Path

from .processes import descendants

_EVERY_SECONDS = 0.05
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


class Watch:
    """Asks for the peaks again and again, until `stop`, because a process that ends takes its own.

    `own` and `child` are the peaks in MB of the process and of the largest descendant.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.before = self.own = _peak(pid)
        self.child = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            self.own = max(self.own, _peak(self._pid))
            self.child = max([self.child, *map(_peak, descendants(self._pid))])


def _peak(pid: int) -> float:
    with contextlib.suppress(OSError):
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return 0.0
