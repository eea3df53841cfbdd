"""One `serve` at a time uses a data folder."""

import subprocess
import sys

import pytest

from stream_pos.runtime import folder_lock
from tests.support.processes import ROOT, environment, free_port, manage, until

pytestmark = pytest.mark.once

HOLDER = """
import subprocess, sys
from pathlib import Path
from stream_pos.runtime import folder_lock
folder_lock.hold(Path(sys.argv[1]))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
print(child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_serve_is_refused_before_it_empties_the_queue(tmp_path, holder):
    wake_up = tmp_path / "broker" / "queue" / "1.stream-pos.msg"
    wake_up.parent.mkdir(parents=True)
    wake_up.write_text("kept")
    result = manage("serve", "--port", str(free_port()), env=environment(tmp_path))
    assert result.returncode == 1
    assert result.stderr.strip() == (
        f"CommandError: Another Stream POS runs on the data folder {tmp_path}: stop it, or point"
        " STREAM_POS_DATA_DIR to another folder."
    )
    assert wake_up.read_text() == "kept"


def test_a_killed_holder_frees_the_folder_though_its_child_lives(tmp_path, holder):
    with pytest.raises(folder_lock.InUse):
        folder_lock.hold(tmp_path)
    holder.kill()
    holder.wait()

    def held():
        try:
            return folder_lock.hold(tmp_path)
        except folder_lock.InUse:
            return None

    assert until(held, 2)


def test_a_folder_that_cannot_be_locked_is_reported_in_one_sentence(tmp_path):
    (tmp_path / folder_lock.NAME).mkdir()
    result = manage("serve", "--port", str(free_port()), env=environment(tmp_path))
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert f"The data folder {tmp_path} cannot be used: Is a directory." in result.stderr
