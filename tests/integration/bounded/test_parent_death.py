"""A web worker ends with its server, even if the server dies while the worker starts."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.processes import ROOT, environment, is_alive, until

pytestmark = pytest.mark.once

# As in uvicorn, the worker loads the application in a child process of the server. The server
# prints its id, waits for input, and is killed; only then does the worker load the application.
SERVER = """
import multiprocessing, os, sys, time
def work():
    parent = multiprocessing.parent_process().pid  # May have been killed already.
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


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread checks once a second")
@pytest.mark.parametrize("waits", [True, False])
def test_a_worker_ends_even_if_its_server_is_killed_while_it_starts(tmp_path, waits):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER.format(waits=waits)],
        cwd=ROOT,
        env=environment(tmp_path),
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
