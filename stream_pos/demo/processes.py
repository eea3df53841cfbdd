"""Run the POS and the sandbox as separate processes for the demo."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from integration.bounded.parent_death import die_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent


class StartError(Exception):
    """A process ended or did not answer in time; the message names it and its log."""


def free_port(preferred: int) -> int:
    """Return the preferred port if it is free, otherwise any other."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(stack: ExitStack, name: str, *arguments: str, environment: dict[str, str]) -> Any:
    """Start a manage.py command that ends with the stack; its output goes to a log file."""
    log = log_path(name, environment)
    output = stack.enter_context(os.fdopen(_private(log), "w"))
    process = subprocess.Popen(  # noqa: S603  # Our own commands only.
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent,  # This process has a single thread.
    )
    stack.callback(_stop, process)
    return process


def log_path(name: str, environment: dict[str, str]) -> Path:
    folder = Path(environment.get("STREAM_POS_DATA_DIR") or ROOT / "var")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"demo-{name}.log"


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def wait_until_up(process: Any, name: str, url: str, log: Path, seconds: float = 60) -> None:
    """Wait until the URL answers 200; raise StartError if it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=2, allow_redirects=False).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise StartError(f"The {name} did not start; its log is {log}.")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(*arguments: str, environment: dict[str, str]) -> str:
    """Return the output of a manage.py command; raise StartError with its error message."""
    result = subprocess.run(  # noqa: S603  # Our own commands only.
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        last_line = result.stderr.strip().rpartition("\n")[2]
        raise StartError(last_line or f"{arguments[0]} failed.")
    return result.stdout


def environment_for(pos_url: str, sandbox_url: str) -> dict[str, str]:
    """Return the environment of a POS that uses the sandbox as Stream."""
    return os.environ | {
        "STREAM_POS_PUBLIC_URL": pos_url,
        "STREAM_REDIRECT_URIS": f"{sandbox_url}/oauth/callback",
        "STREAM_WEBHOOK_URL": f"{sandbox_url}/pos/demo/webhook",
        "STREAM_DSP_CLIENT_ID": "stream-dsp-development",
        "STREAM_DSP_REDIRECT_URIS": f"{sandbox_url}/callback/dsp",
        "STREAM_DSP_WEBHOOK_URL": f"{sandbox_url}/order/demo",
    }
