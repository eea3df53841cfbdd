"""Let one `serve` at a time use a data folder."""

import fcntl
import os
from pathlib import Path

NAME = "serve.lock"


class InUse(Exception):
    """Another process holds the lock of the folder."""


def hold(folder: Path) -> int:
    """Lock the folder until this process ends, however it ends; return the open file.

    Children do not inherit the lock. Raise InUse if another process holds it, and OSError if the
    folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise InUse from error
    except OSError:
        os.close(handle)
        raise
    return handle
