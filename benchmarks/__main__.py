"""`python -m benchmarks [--rounds N] [ROW…]`: measure, print a table, write var/bench.json.

Requires PostgreSQL with durable commits and Redis, both on this machine unless BENCH_DATABASE_URL
and BENCH_REDIS_URL name others. Creates a separate database in each and removes it afterwards.
"""

import argparse
import os
import pkgutil
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from tempfile import TemporaryDirectory

import django
from django.core.management import call_command
from django.db import connections

from .results import report
from .results.measures import NotMeasured, Row
from .rows import BY_NAME
from .rows.bench import Bench
from .servers import receiver, services
from .servers.processes import LOGS, ROOT

# Settings inherited from the environment must not affect the results.
_SETTING_PREFIXES = (
    "STREAM_",
    "OPERATOR_",
    "EMAIL_",
    "ORDER_",
    "OUTBOUND_",
    "METRICS_",
    "TRUSTED_",
)
_SETTING_NAMES = ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS")


def main() -> int:
    """Return the exit code: 0 if every row was measured, whether or not it reached its goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds per row")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"any of {', '.join(BY_NAME)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.rows) - set(BY_NAME):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}")
    # Unwinds, so that everything is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with ExitStack() as stack:
            bench = _prepare(stack, max(arguments.rounds, 1))
            rows, failures = measure(bench, arguments.rows or list(BY_NAME))
    except services.Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. No results were written.", file=sys.stderr)
        return 130
    report.write(ROOT / "var" / "bench.json", rows)
    print(f"\n{report.table(rows, failures)}")
    return 1 if failures else 0


def _prepare(stack: ExitStack, rounds: int) -> Bench:
    """Set up the environment of this process and its children; cleanup is left to the stack."""
    for name in [
        name for name in os.environ if name.startswith(_SETTING_PREFIXES) or name in _SETTING_NAMES
    ]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "stream_pos.settings",
        "STREAM_POS_DATA_DIR": stack.enter_context(TemporaryDirectory()),
        "DATABASE_URL": stack.enter_context(services.database()),
        "STREAM_DSP_CLIENT_ID": "benchmark-channel",
        "REDIS_URL": stack.enter_context(services.broker()),
    }
    # Holding the database proves that no other run is active.
    shutil.rmtree(LOGS, ignore_errors=True)
    django.setup()
    stack.callback(connections.close_all)
    call_command("migrate", verbosity=0)
    return Bench(stack.enter_context(receiver.receiving()), rounds)


def measure(bench: Bench, names: Iterable[str]) -> tuple[list[Row], dict[str, str]]:
    """Return the measured rows, and for each other row why it could not be measured."""
    rows: list[Row] = []
    failures: dict[str, str] = {}
    for path, row_names in _by_function(names).items():
        print(f"{', '.join(row_names)} …", flush=True)
        started = time.monotonic()
        try:
            measured = pkgutil.resolve_name(path)(bench)
            rows += [row for row in measured if row.row in row_names]
        except NotMeasured as reason:
            failures |= dict.fromkeys(row_names, str(reason))
        except Exception as error:  # noqa: BLE001  # The other rows are still measured.
            failures |= dict.fromkeys(row_names, f"{type(error).__name__}: {error}")
        print(f"  took {time.monotonic() - started:.0f} s", flush=True)
    return rows, failures


def _by_function(names: Iterable[str]) -> dict[str, list[str]]:
    """Group the rows by measuring function, so that each function runs once."""
    functions: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        functions.setdefault(BY_NAME[name], []).append(name)
    return functions


if __name__ == "__main__":
    sys.exit(main())
