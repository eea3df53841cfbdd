"""A file system of its own, which can be filled without harm to the machine's disk.

It is an image on a loop device, seen by this process and its children alone, and so is gone with
them. Mounting needs root.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BYTES = 1 << 30
_NEW_MOUNTS = 0x20000  # CLONE_NEWNS of <sched.h>.
_BLOCK = 4096


class SmallDisk:
    """A mounted file system."""

    def __init__(self, mount: Path, user: str) -> None:
        self.folder = mount / "data"
        self.folder.mkdir(mode=0o700)
        shutil.chown(self.folder, user)
        self._filler = mount / "filler"

    def fill(self) -> None:
        """Take all the space that is free now."""
        with self._filler.open("ab") as file:
            size = _BYTES
            while size >= _BLOCK:
                end = file.seek(0, os.SEEK_END)
                try:
                    os.posix_fallocate(file.fileno(), end, size)
                except OSError:  # So much is not free.
                    size //= 2

    def empty(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def mounted(folder: Path, user: str) -> Iterator[SmallDisk | None]:
    """Mount a disk below the folder; yield None where that is not possible."""
    image, mount = folder / "image", folder / "disk"
    mount.mkdir()
    try:
        _mount(image, mount)
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        yield SmallDisk(mount, user)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("umount", "--lazy", str(mount))


def _mount(image: Path, mount: Path) -> None:
    with image.open("wb") as file:
        file.truncate(_BYTES)  # Sparse: it takes what is written.
    _run("mkfs.ext4", "-q", "-m", "0", str(image))
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNTS) != 0:
        raise OSError(ctypes.get_errno(), "no mounts of our own")
    _run("mount", "--make-rprivate", "/")
    _run("mount", "-o", "loop", str(image), str(mount))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
