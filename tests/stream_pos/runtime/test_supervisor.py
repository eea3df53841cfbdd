"""Children are started again with growing delays, also when they cannot be started."""

import sys
import time

import pytest

from stream_pos.runtime.processes import Child
from stream_pos.runtime.supervisor import Supervisor

pytestmark = pytest.mark.once


@pytest.fixture
def supervisor(tmp_path):
    def build(*command):
        child = Child("worker", list(command))
        return child, Supervisor([child], tmp_path)

    return build


def test_a_command_that_cannot_be_started_is_logged_and_tried_again(supervisor, caplog):
    child, supervising = supervisor("/nowhere/at/all")
    supervising._start(child)
    supervising._restart_if_ended(child)
    supervising._restart_if_ended(child)
    assert [record.getMessage() for record in caplog.records] == [
        "The worker cannot be started: [Errno 2] No such file or directory: '/nowhere/at/all'.",
        "The worker ended; restarting it in 1 s.",
    ]


def test_delays_grow_while_a_child_ends_at_once(supervisor, caplog):
    child, supervising = supervisor(sys.executable, "-c", "")
    for _ in range(6):
        supervising._start(child)
        child.process.wait()
        supervising._restart_if_ended(child)
        supervising._due.clear()
    delays = [record.getMessage().split(" in ")[1] for record in caplog.records]
    assert delays == ["1 s.", "3 s.", "7 s.", "15 s.", "30 s.", "30 s."]


def test_only_a_child_that_ran_for_a_minute_counts_as_stable(supervisor):
    child, supervising = supervisor(sys.executable, "-c", "import time; time.sleep(30)")
    supervising._start(child)
    child.failures = 3
    supervising._reset_failures()
    assert child.failures == 3
    supervising._started["worker"] = time.monotonic() - 61
    supervising._reset_failures()
    assert child.failures == 0
    child.process.kill()
    child.process.wait()
