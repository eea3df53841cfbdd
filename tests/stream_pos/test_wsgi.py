"""The WSGI application before its first request."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once


def test_objects_loaded_at_startup_are_excluded_from_garbage_collection(tmp_path):
    code = "import gc, stream_pos.wsgi; print(gc.get_freeze_count())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={"STREAM_POS_DATA_DIR": str(tmp_path), "DEBUG": "True"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(result.stdout) > 50_000
