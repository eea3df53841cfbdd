"""Run our own commands as processes and observe them."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

EMIT = """
from integration.webhooks import outbox
from integration.models import Merchant
merchant, _ = Merchant.objects.get_or_create(name="Harbor Kitchen", currency="usd")
outbox.emit(merchant_id=merchant.pk, location_id="loc_1", event_type="test.event",
            ordering_key="loc_1", data={"note": "%s"})
import time; time.sleep(0.5)  # Time for the background thread to send the wake-up.
"""


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**inherited, "STREAM_POS_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **changes}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def manage(*arguments: str, env: dict[str, str]) -> Any:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def until(condition: Callable[[], Any], seconds: float) -> Any:
    """Wait until the condition is true or time is up; return its last value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return value


def descendants(pid: int) -> set[int]:
    """Return the ids of all descendants of a process, read from /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    family: set[int] = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family - {pid}


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


class Running:
    """A running command and its output so far."""

    def __init__(self, *command: str, env: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def says(self, text: str, seconds: float = 120) -> bool:
        return bool(until(lambda: any(text in line for line in list(self.lines)), seconds))

    def end(self) -> None:
        """Kill the process and all its descendants."""
        children = descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.kill()
        for pid in children:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=10)
