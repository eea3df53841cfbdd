"""Keep what the data folder holds readable by its owner only, whatever the umask."""

import contextlib
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

# Only names of ours: the setting may point to a folder that holds other things too.
_FILES = ("secrets.json", "serve.lock", "demo-*.log", "*.sqlite3", "*.sqlite3-*")
_FOLDERS = ("broker", "cache")
_OTHERS = 0o077
_tightened: list[Path] = []


def tighten(data_dir: Path) -> None:
    """Take other users' access from the data folder and from our files in it."""
    paths = [path for path in (data_dir, *_ours(data_dir)) if _tighten(path)]
    _tightened.extend(paths)


def report() -> None:
    """Log what the settings tightened; they are read before logging is set up."""
    if _tightened:
        first, others = _tightened[0], len(_tightened) - 1
        log.warning("Took other users' access to %s and %d more.", first, others)
        _tightened.clear()


def clear_way(folder: Path) -> None:
    """Remove files that stand where the broker's folder or its parent belongs."""
    for path in (folder.parent, folder):
        if path.is_symlink() or path.is_dir() or not path.exists():
            continue
        with contextlib.suppress(OSError):  # Reported when the folder is created.
            path.unlink()
            log.warning("Removed %s, a file in place of a folder.", path)


def create_database_file(path: Path) -> None:
    """Create the SQLite file before SQLite does; its -wal and -shm get the same mode."""
    with contextlib.suppress(OSError):  # The database reports an unusable path by itself.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        if _tighten(path.with_name(name)):
            _tightened.append(path.with_name(name))


def _ours(data_dir: Path) -> Iterator[Path]:
    for pattern in _FILES:
        yield from data_dir.glob(pattern)
    for name in _FOLDERS:
        for folder, _, files in os.walk(data_dir / name):
            yield Path(folder)
            yield from (Path(folder) / file for file in files)


def _tighten(path: Path) -> bool:
    """Tell whether the mode was changed; a folder that users share is left alone."""
    try:
        found = path.lstat()
        is_shared = found.st_mode & stat.S_ISVTX or path == path.parent
        if found.st_uid != os.geteuid() or is_shared or not found.st_mode & _OTHERS:
            return False
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            return False
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
    except OSError:  # Gone by now, or on a file system without modes.
        return False
    return True
