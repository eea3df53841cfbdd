"""A bounded process ends at each of its limits, with a sentence."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from integration.bounded.process import Limits, OutOfBounds, run

CALLS = "tests.integration.bounded.calls"
PLENTY = Limits(memory_mb=256, seconds=30)


def refusal(function: str, *arguments: str, limits: Limits = PLENTY) -> str:
    with pytest.raises(OutOfBounds) as ended:
        run(f"{CALLS}:{function}", *arguments, limits=limits)
    return str(ended.value)


def test_a_function_gets_its_content_and_returns_its_result():
    assert run(f"{CALLS}:reverse", "d", content=b"abc", limits=PLENTY) == b"cbad"


@pytest.mark.parametrize("function", ["hoard", "hoard_threads"])
def test_more_memory_than_allowed_ends_the_process(function):
    assert refusal(function) == "The file needs more than 256 MB of memory."


@pytest.mark.parametrize("function", ["spin", "rest"])
def test_a_longer_time_than_allowed_ends_the_process(function):
    began = time.monotonic()

    assert refusal(function, limits=Limits(256, 2)) == "The file needs more than 2 seconds."
    assert time.monotonic() - began < 10


def test_an_error_of_the_function_ends_the_process():
    assert refusal("fail") == "The process that read the file was ended."


def test_a_killed_process_is_said(tmp_path):
    pid_file = tmp_path / "pid"
    killer = threading.Thread(target=_kill, args=[pid_file])
    killer.start()

    assert refusal("wait", str(pid_file)) == "The process that read the file was ended."
    killer.join()


def _kill(pid_file: Path) -> None:
    while not (pid_file.exists() and pid_file.read_text()):
        time.sleep(0.05)
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
