"""A process of the fuzzer, with its own database: run batches until its arguments is sent.

It writes a line of JSON at the start, after every batch, and on failure.
"""

# ruff: noqa: E402  # The environment must be set before Django's settings load.

from tests import environment  # isort: skip

import argparse
import logging
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from integration import wakeups

from .batches import Batch
from .channel import scene as channel
from .channel.events import ChannelEventBatch
from .channel.front_ends import FrontEndBatch
from .channel.menus import MenuBatch
from .properties import Broken, Judge
from .restaurants import prepare
from .stream_events import EventBatch

EXAMPLES = 250  # Per batch: Hypothesis is fastest in its first few hundred examples.


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="seed of the first batch")
    parser.add_argument(
        "--step", type=int, default=1, help="difference between the seeds of consecutive batches"
    )
    parser.add_argument("--bodies", type=int, required=True)
    parser.add_argument("--part", type=int, default=0, help="1 to 5: only this kind of body")
    arguments = parser.parse_args()
    judge = Judge(_scene())
    batches, number = _batches(judge, arguments.bodies), arguments.seed
    if arguments.part:
        batches = [(arguments.bodies, batches[arguments.part - 1][1])]
    _write({"ready": True})
    started, memory = time.monotonic(), list[int]()
    while (sent := _sent(judge)) < batches[-1][0]:
        part = next(at for at, (end, _) in enumerate(batches, 1) if sent < end)
        again = {"seed": number, "part": arguments.part or part}
        try:
            batches[part - 1][1].run(EXAMPLES, number)
        except Broken as broken:
            _write({"broken": str(broken), "table": judge.table, **again})
            return 1
        except Exception:  # noqa: BLE001  # Report the seed that reproduces any failure.
            error = traceback.format_exc()[-4000:]
            _write({"broken": error, "table": judge.table, **again})
            return 1
        seconds = time.monotonic() - started
        memory = [*memory[:1], _resident_mb()]
        _write({"sent": _sent(judge), "seconds": seconds, "table": judge.table, "memory": memory})
        number += arguments.step
    return 0


def _batches(judge: Judge, bodies: int) -> list[tuple[int, Any]]:
    """Return each kind with the number of bodies after which it ends; the channel has three."""
    scene = channel.prepare(judge)
    kinds = [ChannelEventBatch(scene), MenuBatch(scene), FrontEndBatch(scene)]
    ends = [bodies, 2 * bodies, *(2 * bodies + -(-bodies * part // 3) for part in (1, 2, 3))]
    return list(zip(ends, [Batch(judge), EventBatch(judge), *kinds], strict=True))


def _resident_mb() -> int:
    """Return the memory of this process; 0 where /proc does not exist."""
    pages = Path("/proc/self/statm")
    resident = int(pages.read_text().split()[1]) if pages.exists() else 0
    return resident * os.sysconf("SC_PAGE_SIZE") // 2**20


def _scene() -> Any:
    """Prepare the restaurants; the data is disposable, so commits need not reach the disk."""
    logging.disable(logging.CRITICAL)
    channel.switch_on(settings)
    wakeups.wake = lambda *args, **kwargs: None
    call_command("migrate", interactive=False, verbosity=0)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    assert Path(environment.DATA_DIR).exists()
    return prepare()


def _sent(judge: Judge) -> int:
    return sum(row["bodies"] for row in judge.table.values())


def _write(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
