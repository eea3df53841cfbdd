"""The embedded broker: wake-ups as files, used without Redis.

Kombu's own file transport publishes a message before it is fully written, and a partial one
crashes the worker. Here a message becomes visible only when complete, and a corrupt one is a
lost wake-up, which costs a second. Bindings are kept in memory: every process declares the one
queue that it uses, so there is no file of bindings that could be damaged.
"""

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem, virtual
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)

SCHEME = "stream-pos-files"
MAX_MESSAGES = 1000  # With that many waiting, one more wakes nobody.
MAX_BYTES = 1_000_000
USEFUL_SECONDS = 120  # A worker that comes later looks for its work by itself.
LEFTOVER_SECONDS = 60
_SWEEP_SECONDS = 60


class Channel(filesystem.Channel):
    supports_fanout = False  # Remote control and events are off.
    _sweep_at = 0.0

    def get_table(self, exchange: str) -> Any:
        return virtual.Channel.get_table(self, exchange)

    def _delete(self, queue: str, *args: Any, **kwargs: Any) -> None:
        self._purge(queue)

    def _size(self, queue: str) -> int:
        return len(_waiting(Path(self.data_folder_in), queue))

    def _purge(self, queue: str) -> int:
        waiting = _waiting(Path(self.data_folder_in), queue)
        return sum(_remove(path) for path in waiting)

    def _put(  # type: ignore[override]  # Kombu's own signatures differ.
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        if len(_waiting(folder, queue)) >= MAX_MESSAGES:
            return
        name = f"{time.monotonic_ns():020}_{uuid4().hex}.{queue}.msg"
        part = folder / f".{name}.part"
        try:
            _write_private(part, dumps(payload).encode())
            part.replace(folder / name)
        except OSError as error:  # A full disk, for example.
            _remove(part)
            log.warning("A wake-up could not be written: %s", error)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + _SWEEP_SECONDS
            sweep(folder)
        for path in _waiting(folder, queue):
            message = _take(path)
            if message is not None:
                return message
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Register the transport under its URL scheme."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def empty(folder: Path) -> None:
    """Discard old wake-ups: the workers' clocks find pending work by themselves."""
    for entry in _files(folder):
        _remove(Path(entry.path))


def sweep(folder: Path) -> None:
    """Remove what no worker will take: leftovers, foreign files and useless wake-ups."""
    removed = sum(_remove(Path(entry.path)) for entry in _files(folder) if _is_over(entry))
    if removed:
        log.warning("Removed %d old files from %s.", removed, folder)


def _is_over(entry: "os.DirEntry[str]") -> bool:
    is_message = entry.name.endswith(".msg") and not entry.name.startswith(".")
    return _age_seconds(entry.path) > (USEFUL_SECONDS if is_message else LEFTOVER_SECONDS)


def _age_seconds(path: str | Path) -> float:
    try:
        return time.time() - os.lstat(path).st_mtime
    except OSError:  # Another worker took it.
        return 0.0


def _files(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Yield the files of the folder; folders, pipes and devices are not ours."""
    try:
        with os.scandir(folder) as entries:
            yield from (
                entry
                for entry in entries
                if entry.is_file(follow_symlinks=False) or entry.is_symlink()
            )
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        log.warning("The wake-ups cannot be read: %s", error)


def _waiting(folder: Path, queue: str) -> list[Path]:
    """Return the messages of the queue, oldest first."""
    ending = f".{queue}.msg"
    names = [entry.name for entry in _files(folder) if entry.name.endswith(ending)]
    return [folder / name for name in sorted(names) if not name.startswith(".")]


def _take(path: Path) -> Any:
    """Return the message, or None if it is another worker's, corrupt or too old."""
    claimed = path.with_suffix(".taken")
    try:
        path.rename(claimed)  # Only one of two workers succeeds.
        if claimed.is_symlink() or claimed.lstat().st_size > MAX_BYTES:
            raise ValueError("not a message of ours")
        age_seconds = _age_seconds(claimed)
        message = loads(claimed.read_bytes().decode())
        if not _is_message(message):
            raise ValueError("not a message of ours")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        log.warning("A wake-up could not be read: %s", error)
        _remove(claimed)
        return None
    # If the file stays, it is swept later; nobody takes it again.
    _remove(claimed)
    return message if age_seconds <= USEFUL_SECONDS else None


def _is_message(message: Any) -> bool:
    """Tell whether Celery can read the message; it would end the worker otherwise."""
    if not isinstance(message, dict) or not isinstance(message.get("body"), str):
        return False
    properties = message.get("properties")
    headers = message.get("headers", {})
    return (
        isinstance(headers, dict)
        and isinstance(headers.get("task", ""), str)
        and isinstance(headers.get("id", ""), str)
        and all(_is_time(headers.get(name)) for name in ("eta", "expires"))
        and isinstance(properties, dict)
        and isinstance(properties.get("delivery_tag"), str)
        and isinstance(properties.get("delivery_info"), dict)
    )


def _is_time(value: Any) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
