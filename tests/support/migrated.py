"""A SQLite database with all migrations applied, kept between runs."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.run import ROOT

_FOLDER = ROOT / "var" / "migrated"


def copy_to(target: Path) -> None:
    """Copy the database; it is made once for each state of migrations and dependencies."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    kept = _FOLDER / f"{_fingerprint()}.sqlite3"
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Released when the file is closed.
        if not kept.exists():
            _migrate(kept)
        shutil.copyfile(kept, target)


def _migrate(kept: Path) -> None:
    for old in _FOLDER.glob("*.sqlite3*"):
        old.unlink()
    unfinished = kept.with_suffix(".sqlite3.part")
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{unfinished}"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    unfinished.rename(kept)


def _fingerprint() -> str:
    files = sorted([*ROOT.glob("*/migrations/*.py"), ROOT / "requirements.lock"])
    contents = b"\0".join(f"{path.name}\0".encode() + path.read_bytes() for path in files)
    return hashlib.sha256(contents).hexdigest()[:16]
