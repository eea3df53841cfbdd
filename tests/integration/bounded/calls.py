"""Functions that the bounded processes of the tests run."""

import os
import sys
import threading
import time
from pathlib import Path


def reverse(content: bytes, *words: str) -> bytes:
    sys.stdout.write("not part of the result\n")
    return content[::-1] + "".join(words).encode()


def hoard(content: bytes) -> bytes:
    kept = []
    while True:
        kept.append(bytearray(2**20))


def hoard_threads(content: bytes) -> bytes:
    while True:
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()


def spin(content: bytes) -> bytes:
    while True:
        pass


def rest(content: bytes) -> bytes:
    time.sleep(60)
    return b""


def wait(content: bytes, pid_file: str) -> bytes:
    Path(pid_file).write_text(str(os.getpid()))
    return rest(content)


def fail(content: bytes) -> bytes:
    sys.stderr.write("expected\n")
    raise ValueError
