"""The pulse of a supervised process: a byte each second through a pipe while its threads run.

A frozen process may hold SQLite's write lock, so nothing in the database can tell of it.
"""

import contextlib
import os
import threading
import time

VARIABLE = "STREAM_POS_PULSE_PIPE"  # Set by the supervisor, for its children only.
_EVERY_SECONDS = 1.0


def open_pipe() -> tuple[int, int]:
    """Return the reading and the writing end; neither blocks."""
    return os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)


def is_felt(reading_end: int) -> bool:
    """Return whether anything has come through the pipe since the last call."""
    try:
        return bool(os.read(reading_end, 65536))
    except OSError:
        return False


def start() -> None:
    """Let this process beat, if it is supervised."""
    written = os.environ.pop(VARIABLE, "")
    if written.isdecimal():
        writing_end = int(written)
        os.set_inheritable(writing_end, False)
        thread = threading.Thread(target=_beat, args=(writing_end,), name="pulse", daemon=True)
        thread.start()


def _beat(writing_end: int) -> None:
    while True:
        with contextlib.suppress(OSError):  # Full, because nobody reads, or closed.
            os.write(writing_end, b".")
        time.sleep(_EVERY_SECONDS)
