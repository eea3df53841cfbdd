"""The processes that docs/production.md starts run, and become ready."""

import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.run import ROOT

pytestmark = pytest.mark.once


def test_the_processes_of_the_production_document_run(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "production.md").read_text()
    block = re.search(r"## Processes\n\n```sh\n(.*?)```", text, re.DOTALL)
    assert block is not None
    migrate, web, worker = _commands(block[1])
    port = _free_port()
    environment = {"PATH": "/usr/bin:/bin", "STREAM_POS_DATA_DIR": str(tmp_path)}
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True, capture_output=True)
    web = [str(port) if word == "8000" else word for word in web]
    web = ["127.0.0.1" if word == "0.0.0.0" else word for word in web]  # noqa: S104  # Is replaced here.

    processes = [subprocess.Popen(command, cwd=ROOT, env=environment) for command in (web, worker)]
    try:
        assert _ready(f"http://127.0.0.1:{port}/readyz")
        assert [process.poll() for process in processes] == [None, None]
    finally:
        for process in processes:
            process.terminate()
        stopped = [_stops(process) for process in processes]
    assert stopped == [True, True]


def _stops(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def _commands(block: str) -> list[list[str]]:
    """The block's commands, run by this interpreter's own environment."""
    lines = block.replace("\\\n", " ").splitlines()
    commands = [shlex.split(line, comments=True) for line in lines]
    return [
        [sys.executable if word.endswith("/python") else _installed(word) for word in command]
        for command in commands
        if command
    ]


def _installed(word: str) -> str:
    return str(Path(sys.executable).parent / Path(word).name) if word.startswith(".venv/") else word


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(url: str) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=2, allow_redirects=False).status_code == 200:
                return True
        except requests.RequestException:
            pass
        time.sleep(0.2)
    return False
