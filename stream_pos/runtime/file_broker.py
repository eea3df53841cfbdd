"""The embedded broker: wake-ups as files, when there is no Redis.

Kombu's own file transport shows a message before it is written and takes an unfinished one for
the end of the worker. Here a message is complete before it is seen, and a broken one is a lost
wake-up, which costs a second.
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
    def _put(  # type: ignore[override]  # Kombu's own two signatures differ.
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns():020}_{uuid4().hex}.{queue}.msg"
        part = folder / f".{name}.part"
        part.write_bytes(dumps(payload).encode())
        part.replace(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            taken = path.with_suffix(".taken")
            try:
                path.rename(taken)  # Of two workers, one succeeds.
                content = taken.read_bytes()
                taken.unlink()
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
    """Lets broker URLs name this transport."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def empty(folder: Path) -> None:
    """Forgets wake-ups of before: the scheduler looks for itself."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            path.unlink()
