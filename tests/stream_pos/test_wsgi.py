"""What the web server runs, before its first request."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once


def test_what_is_loaded_for_good_is_not_collected_again_and_again(tmp_path):
    code = "import gc, stream_pos.wsgi; print(gc.get_freeze_count())"
    asked = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={"STREAM_POS_DATA_DIR": str(tmp_path), "DEBUG": "True"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(asked.stdout) > 50_000
