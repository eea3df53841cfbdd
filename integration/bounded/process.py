"""Start the bounded process, wait for it, and say why it ended."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

OUT_OF_MEMORY, FAILED = 70, 71  # How a child ends by itself; see child.py.
_ROOT = Path(__file__).resolve().parents[2]


class Limits(NamedTuple):
    memory_mb: int
    seconds: int  # Of the clock, and of CPU time.


class OutOfBounds(Exception):
    """The child passed a limit or was ended; the message is for people and says which."""


class Ended(OutOfBounds):
    """The child failed, or something else ended it, such as a stop of the whole service."""


def run(function: str, *arguments: str | int, content: bytes = b"", limits: Limits) -> bytes:
    """Return what `package.module:function` returns for the content and the arguments.

    The function runs in a fresh process that ends with the thread that waits here. Raises
    OutOfBounds.
    """
    call = json.dumps([function, arguments, limits, os.getpid()])
    child = subprocess.Popen(  # noqa: S603  # Our own module; the call is data.
        [sys.executable, "-m", "integration.bounded.child", call],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        result, _ = child.communicate(content, timeout=limits.seconds)
    except subprocess.TimeoutExpired as error:
        raise OutOfBounds(f"The file needs more than {limits.seconds} seconds.") from error
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode:
        raise _problem(child.returncode, limits)
    return result


def _problem(code: int, limits: Limits) -> OutOfBounds:
    if code == OUT_OF_MEMORY:
        return OutOfBounds(f"The file needs more than {limits.memory_mb:,} MB of memory.")
    if code == -signal.SIGXCPU:
        return OutOfBounds(f"The file needs more than {limits.seconds} seconds.")
    return Ended("The process that read the file was ended.")
