"""The embedded broker: wake-ups as files, used without Redis.

Kombu's own file transport publishes a message before it is fully written, and a partial one
crashes the worker. Here a message becomes visible only when complete, and a corrupt one is a
lost wake-up, which costs a second.
"""

import contextlib
import logging
from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)

SCHEME = "stream-pos-files"


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override]  # Kombu's own signatures differ.
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns():020}_{uuid4().hex}.{queue}.msg"
        part = folder / f".{name}.part"
        part.write_bytes(dumps(payload).encode())
        part.replace(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            claimed = path.with_suffix(".taken")
            try:
                path.rename(claimed)  # Only one of two workers succeeds.
                content = claimed.read_bytes()
                claimed.unlink()
                message = loads(content.decode())
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                log.warning("A wake-up could not be read: %s", error)
                continue
            if isinstance(message, dict) and "properties" in message:
                return message
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Register the transport under its URL scheme."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def empty(folder: Path) -> None:
    """Discard old wake-ups: the scheduler finds pending work by itself."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            path.unlink()
