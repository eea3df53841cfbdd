"""`python -m benchmarks [--rounds N] [ROW…]`: measures, prints one table, writes var/bench.json.

Needs PostgreSQL with durable commits and Redis, both on this machine unless BENCH_DATABASE_URL and
BENCH_REDIS_URL name others; makes a database of its own in each and removes it.
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

# Settings of whoever starts us must not decide what is measured.
_SETTINGS = ("STREAM_", "OPERATOR_", "EMAIL_", "ORDER_", "OUTBOUND_", "METRICS_", "TRUSTED_")
_SINGLE = ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS")


def main() -> int:
    """The exit code: 0 when every row was measured, whether or not it reached its goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each row is measured")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"some of {', '.join(BY_NAME)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.rows) - set(BY_NAME):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that everything is stopped.
    try:
        with ExitStack() as stack:
            bench = _prepare(stack, max(arguments.rounds, 1))
            rows, failures = measure(bench, arguments.rows or list(BY_NAME))
    except services.Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing was written.", file=sys.stderr)
        return 130
    report.write(ROOT / "var" / "bench.json", rows)
    print(f"\n{report.table(rows, failures)}")
    return 1 if failures else 0


def _prepare(stack: ExitStack, rounds: int) -> Bench:
    """Sets the environment for this process and those it starts; all ends with the stack."""
    for name in [name for name in os.environ if name.startswith(_SETTINGS) or name in _SINGLE]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "stream_pos.settings",
        "STREAM_POS_DATA_DIR": stack.enter_context(TemporaryDirectory()),
        "DATABASE_URL": stack.enter_context(services.database()),
        "REDIS_URL": stack.enter_context(services.broker()),
    }
    shutil.rmtree(LOGS, ignore_errors=True)  # Nobody else measures: the database is ours.
    django.setup()
    stack.callback(connections.close_all)
    call_command("migrate", verbosity=0)
    return Bench(stack.enter_context(receiver.receiving()), rounds)


def measure(bench: Bench, names: Iterable[str]) -> tuple[list[Row], dict[str, str]]:
    """The named rows that could be measured, and why the others could not."""
    rows: list[Row] = []
    failures: dict[str, str] = {}
    for place, of_place in _by_place(names).items():
        print(f"{', '.join(of_place)} …", flush=True)
        clock = time.monotonic()
        try:
            measured = pkgutil.resolve_name(place)(bench)
            rows += [row for row in measured if row.row in of_place]
        except NotMeasured as reason:
            failures |= dict.fromkeys(of_place, str(reason))
        except Exception as error:  # noqa: BLE001  # The other rows are measured all the same.
            failures |= dict.fromkeys(of_place, f"{type(error).__name__}: {error}")
        print(f"  took {time.monotonic() - clock:.0f} s", flush=True)
    return rows, failures


def _by_place(names: Iterable[str]) -> dict[str, list[str]]:
    """Rows that are measured together, so that they are measured once."""
    places: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        places.setdefault(BY_NAME[name], []).append(name)
    return places


if __name__ == "__main__":
    sys.exit(main())
