"""A web worker ends with its server, even with one that was killed while the worker started."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.processes import ROOT, environment, is_alive, until

pytestmark = pytest.mark.once

# As granian does it: the worker loads the application in a process that the server made. The
# server says which, waits for a word, and is then killed; the worker loads it only afterwards.
SERVER = """
import multiprocessing, os, sys, time
def work():
    parent = multiprocessing.parent_process().pid  # Which may have been killed already.
    while {waits} and os.getppid() == parent:
        time.sleep(0.01)
    import stream_pos.wsgi
    time.sleep(300)
if __name__ == "__main__":
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    print(worker.pid, flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread looks once a second")
@pytest.mark.parametrize("waits", [True, False])
def test_a_worker_ends_though_its_server_was_killed_while_it_started(tmp_path, waits):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER.format(waits=waits)],
        cwd=ROOT,
        env=environment(tmp_path, STREAM_POS_SUPERVISED="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    worker = int(server.stdout.readline())
    assert server.stdin is not None
    server.stdin.write("go\n")
    server.stdin.close()
    server.wait(timeout=20)
    try:
        assert until(lambda: not is_alive(worker), 30)
    finally:
        server.stdout.close()
        if is_alive(worker):
            os.kill(worker, signal.SIGKILL)
