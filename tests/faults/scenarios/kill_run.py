"""Kills of a real deployment's processes while it is sent something over HTTP.

It is the web server with two processes and a worker, or `serve` with all of them. A random process
is killed and restarted repeatedly.
"""

import contextlib
import os
import random
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sized
from pathlib import Path
from typing import Protocol

from stream_pos.runtime import processes as child_processes
from tests.faults.servers.processes import Process, descendants, free_port, until
from tests.faults.stage.scene import Scene

from .worker_kills import QUICK_LEASE

THREADS = 6
_PAUSES = {False: (1.0, 2.0), True: (3.0, 9.0)}  # Seconds between kills.
_ANSWERS_BETWEEN_KILLS = 25  # However slow the machine is.
_LONGEST_SECONDS = {False: 240, True: 5_400}


class Sender(Protocol):
    """Who sends something, in threads of its own; `answers` grows meanwhile."""

    @property
    def answers(self) -> Sized: ...
    @property
    def is_busy(self) -> bool: ...
    def start(self) -> None: ...


class Deployment:
    """The processes of a deployment, any of which may be killed at any time."""

    def __init__(self, scene: Scene, settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.kills = 0
        self._scene = scene
        self._chance = random.Random(20)
        quick = {name: text for name, text in QUICK_LEASE.items() if name.startswith("STREAM_")}
        self._settings = quick | {"STREAM_WEBHOOK_URL": scene.receiver.url, **(settings or {})}
        self._worker_settings = QUICK_LEASE | dict(settings or {})
        self._front = self._start_front()
        self._worker = None if scene.is_embedded else self._start_worker()
        until("the start of the web server", self._answers, 60)

    def kill_one(self) -> None:
        """Kill a process, usually one of the web server, which its parent restarts."""
        web = _web_processes(self._front.pid)
        draw = self._chance.random()
        if draw < 0.6 and web:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chance.choice(sorted(web)), signal.SIGKILL)
        elif draw < 0.8 and self._worker is not None:
            self._scene.processes.kill(self._worker)
            self._worker = self._start_worker()
        else:
            self._scene.processes.kill(self._front)
            self._front = self._start_front()
        self.kills += 1

    def revive(self) -> None:
        """Restart the web server, which gives up when a process fails to start."""
        if self._front.poll() is not None:
            self._front = self._start_front()

    def _start_worker(self) -> Process:
        return self._scene.worker(wait=False, **self._worker_settings)

    def _start_front(self) -> Process:
        """Start the web server or, on the embedded stand, `serve` with all its children."""
        if self._scene.is_embedded:
            command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
            return self._scene.processes.start("serve", command, self._settings)
        command = child_processes.web("127.0.0.1", self.port).command
        return self._scene.processes.start("web", command, self._settings)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                return True
        except (OSError, urllib.error.URLError):
            return False


def _web_processes(front: int) -> set[int]:
    """Return the request-handling processes, children of the door, which may be `front` itself."""
    servers = {pid for pid in {front} | descendants(front) if "stream_pos.door" in _command_of(pid)}
    return {pid for server in servers for pid in descendants(server)} - {front}


def _command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def kill_while_sending(scene: Scene, deployment: Deployment, client: Sender) -> None:
    """Kill processes until the client has sent everything."""
    is_long = scene.size.is_long
    chance = random.Random(21)
    deadline = time.monotonic() + _LONGEST_SECONDS[is_long]
    client.start()
    due, required = time.monotonic() + chance.uniform(*_PAUSES[is_long]), _ANSWERS_BETWEEN_KILLS
    while client.is_busy and time.monotonic() < deadline:
        time.sleep(0.05)
        deployment.revive()
        if time.monotonic() > due and len(client.answers) >= required:
            deployment.kill_one()
            required = len(client.answers) + _ANSWERS_BETWEEN_KILLS
            due = time.monotonic() + chance.uniform(*_PAUSES[is_long])
    scene.notes.append(f"{deployment.kills} kills")
    if deployment.kills < 2:
        scene.problems.append("the run ended before the second kill")
