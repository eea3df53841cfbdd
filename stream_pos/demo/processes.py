"""The POS and the sandbox as real processes of their own, for the demo."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from stream_pos.runtime.parent_death import die_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent


class DidNotStart(Exception):
    """A process ended, or did not answer in time; the message says which, and where its log is."""


def free_port(wanted: int) -> int:
    """The wanted port when it can be had, otherwise any other."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(stack: ExitStack, name: str, *arguments: str, environment: dict[str, str]) -> Any:
    """Starts a manage.py command that ends with the stack; its output goes to a log file."""
    log = log_of(name, environment)
    output = stack.enter_context(log.open("w"))
    process = subprocess.Popen(  # noqa: S603  # Our own commands only.
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent,  # This process has one thread only.
    )
    stack.callback(_stop, process)
    return process


def log_of(name: str, environment: dict[str, str]) -> Path:
    folder = Path(environment.get("STREAM_POS_DATA_DIR") or ROOT / "var")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"demo-{name}.log"


def wait_until_up(process: Any, name: str, url: str, log: Path, seconds: float = 60) -> None:
    """Returns when the address answers 200. Raises DidNotStart."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=2, allow_redirects=False).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise DidNotStart(f"The {name} did not start; its log is {log}.")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(*arguments: str, environment: dict[str, str]) -> str:
    """What a manage.py command prints. Raises DidNotStart with its own sentence."""
    done = subprocess.run(  # noqa: S603  # Our own commands only.
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise DidNotStart(last or f"{arguments[0]} failed.")
    return done.stdout


def environment_for(pos_url: str, sandbox_url: str) -> dict[str, str]:
    """The settings of a POS whose Stream is the sandbox."""
    return os.environ | {
        "STREAM_POS_PUBLIC_URL": pos_url,
        "STREAM_REDIRECT_URIS": f"{sandbox_url}/oauth/callback",
        "STREAM_WEBHOOK_URL": f"{sandbox_url}/pos/demo/webhook",
    }
