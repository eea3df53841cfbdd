"""What others wrote is what they published: nobody has edited it."""

import hashlib
import re

import pytest

from tests.check import ROOT

pytestmark = pytest.mark.once
FOLDER = ROOT / "stream_pos" / "static" / "stream_pos" / "vendor"


def test_each_vendored_file_is_the_one_that_its_note_names():
    named = dict(
        re.findall(r"\| `([^`]+\.js)` \|.*`([0-9a-f]{64})`", (FOLDER / "README.md").read_text())
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.js")
    }
    assert len(found) == 2
    assert found == named
    page = (ROOT / "templates" / "board" / "board.html").read_text()
    assert all(f"vendor/{name}" in page for name in found)
