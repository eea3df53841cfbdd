"""The folder of the figures goes with its server, or with the next one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.processes import ROOT, environment

pytestmark = pytest.mark.once

OWNER = """
import time
from stream_pos.door import metrics_folder
with metrics_folder.own() as folder:
    print(folder, flush=True)
    time.sleep(60)
"""
COUNT = """
import os, sys
from integration.monitoring.counters import LANE_THREADS, registry
LANE_THREADS.labels("orders").set(3)
if len(sys.argv) > 1:
    print([s.value for m in registry().collect() for s in m.samples if m.name.endswith("threads")])
"""


def start(folder):
    env = environment(folder, TMPDIR=str(folder))
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    return process, Path(process.stdout.readline().strip())


def test_a_killed_servers_folder_is_removed_by_the_next_and_a_living_ones_is_kept(tmp_path):
    killed, left_behind = start(tmp_path)
    living, kept = start(tmp_path)
    killed.kill()
    killed.wait()
    hour_ago = time.time() - 3600
    for folder in (left_behind, kept):
        os.utime(folder, (hour_ago, hour_ago))
    new, own = start(tmp_path)
    try:
        assert not left_behind.exists()
        assert kept.is_dir()
        assert own.is_dir()
    finally:
        for process in (living, new):
            process.send_signal(signal.SIGKILL)
            process.wait()


def test_a_young_folder_is_kept(tmp_path):
    killed, young = start(tmp_path)
    killed.kill()
    killed.wait()
    new, _ = start(tmp_path)
    new.kill()
    new.wait()
    assert young.is_dir()


def test_the_threads_of_a_process_that_died_are_not_counted(tmp_path):
    env = environment(tmp_path, PROMETHEUS_MULTIPROC_DIR=str(tmp_path))

    def run(*arguments):
        command = [sys.executable, "-c", COUNT, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()

    run()
    assert len(list(tmp_path.glob("gauge_live*.db"))) == 1
    assert run("collect") == "[3.0]"
