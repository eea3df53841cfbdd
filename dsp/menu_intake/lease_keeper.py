"""The thread that renews a menu's lease while it is fetched and read."""

import threading
from types import TracebackType

from django.db import DatabaseError, InterfaceError, connection

from dsp.models import ReceivedMenu
from integration.db import outages, time_limits

from . import queue


class LeaseKeeper:
    """Keeps the lease of one menu until the block is left; `is_lost` if somebody gave it up."""

    EVERY_SECONDS = 0.3 * queue.LEASE.total_seconds()  # Two may fail before the lease ends.

    def __init__(self, menu: ReceivedMenu) -> None:
        self._menu = menu
        self._stopping = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._run, name="menu lease", daemon=True)

    def __enter__(self) -> "LeaseKeeper":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def is_lost(self) -> bool:
        return self._lost.is_set()

    def _run(self) -> None:
        time_limits.limit_thread("clocks")
        try:
            while not self._stopping.wait(self.EVERY_SECONDS) and not self._lost.is_set():
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            if not queue.renew(self._menu):
                self._lost.set()
        except (DatabaseError, InterfaceError) as error:  # The next try may succeed.
            outages.report(error)
