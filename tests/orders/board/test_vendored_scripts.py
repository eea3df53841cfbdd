"""Vendored scripts are unmodified."""

import hashlib
import re

import pytest

from tests.check import ROOT

pytestmark = pytest.mark.once
FOLDER = ROOT / "stream_pos" / "static" / "stream_pos" / "vendor"


def test_each_vendored_file_matches_its_documented_hash():
    documented = dict(
        re.findall(r"\| `([^`]+\.js)` \|.*`([0-9a-f]{64})`", (FOLDER / "README.md").read_text())
    )
    actual = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.js")
    }
    assert len(actual) == 2
    assert actual == documented
    page = (ROOT / "templates" / "board" / "live.html").read_text()
    assert all(f"vendor/{name}" in page for name in actual)
