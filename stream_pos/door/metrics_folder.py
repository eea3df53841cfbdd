"""The folder in which the web processes of one server count requests."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stream_pos.runtime import folder_lock

_PREFIX = "stream-pos-metrics-"
_YOUNG_SECONDS = 60  # Another server may be about to lock its new folder.


@contextmanager
def own() -> Iterator[str]:
    """Make a folder for this server, and remove those that killed servers left behind."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        lock = folder_lock.hold(Path(folder))
        try:
            yield folder
        finally:
            os.close(lock)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError, folder_lock.InUse):
            about = folder.lstat()
            is_ours = about.st_uid == os.getuid() and (folder / folder_lock.NAME).exists()
            if is_ours and time.time() - about.st_mtime > _YOUNG_SECONDS:
                os.close(folder_lock.hold(folder))
                shutil.rmtree(folder)
