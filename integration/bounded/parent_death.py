"""End a process when its parent ends for any reason."""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """End this process with its parent: at once on Linux, within a second elsewhere.

    Pass `parent` if this process starts slowly and its parent may already have ended.
    """
    parent = os.getppid() if parent is None else parent
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It ended before the call above.
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        watch_parent(parent)


def watch_parent(parent: int | None = None) -> None:
    """End this process within a second after its parent.

    Unlike the signal above, it does not depend on the thread that started this process.
    """
    parent = os.getppid() if parent is None else parent
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
