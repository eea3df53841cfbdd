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
    arguments = parser.parse_args()
    judge = Judge(_scene())
    orders, events, number = Batch(judge), EventBatch(judge), arguments.seed
    _write({"ready": True})
    started = time.monotonic()
    while (sent := _sent(judge)) < 2 * arguments.bodies:
        try:
            (orders if sent < arguments.bodies else events).run(EXAMPLES, number)
        except Broken as broken:
            _write({"broken": str(broken), "seed": number, "table": judge.table})
            return 1
        except Exception:  # noqa: BLE001  # Report the seed that reproduces any failure.
            error = traceback.format_exc()[-4000:]
            _write({"broken": error, "seed": number, "table": judge.table})
            return 1
        _write({"sent": _sent(judge), "seconds": time.monotonic() - started, "table": judge.table})
        number += arguments.step
    return 0


def _scene() -> Any:
    """Prepare the restaurants; the data is disposable, so commits need not reach the disk."""
    logging.disable(logging.CRITICAL)
    wakeups.wake = lambda *args, **kwargs: None
    call_command("migrate", interactive=False, verbosity=0)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "integration.oauth.secret_hasher.KeyedHasher",
    ]
    assert Path(environment.DATA_DIR).exists()
    return prepare()


def _sent(judge: Judge) -> int:
    return sum(row["bodies"] for row in judge.table.values())


def _write(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
