"""One process of the fuzzer, with a database of its own: batch after batch until its share is sent.

It writes a line of JSON when it begins, after every batch, and at its end.
"""

# ruff: noqa: E402  # The environment stands before Django's settings.

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

EXAMPLES = 250  # Of a batch: hypothesis is quickest in its first hundreds.


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="of the first batch")
    parser.add_argument("--step", type=int, default=1, help="from one batch's seed to the next")
    parser.add_argument("--bodies", type=int, required=True)
    share = parser.parse_args()
    judge = Judge(_scene())
    batch, number = Batch(judge), share.seed
    _say({"ready": True})
    begun = time.monotonic()
    while _sent(judge) < share.bodies:
        try:
            batch.run(EXAMPLES, number)
        except Broken as broken:
            _say({"broken": str(broken), "seed": number, "table": judge.table})
            return 1
        except Exception:  # noqa: BLE001  # Whatever it was, the seed that repeats it is told.
            said = traceback.format_exc()[-4000:]
            _say({"broken": said, "seed": number, "table": judge.table})
            return 1
        _say({"sent": _sent(judge), "seconds": time.monotonic() - begun, "table": judge.table})
        number += share.step
    return 0


def _scene() -> Any:
    """Nothing here is asked to survive, so commits need not reach the disk."""
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


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
