"""Processes that build catalogs from the test's database."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

ROOT = Path(__file__).resolve().parents[3]

# Pulls once; each build is logged, and takes a while.
_PULL = """
import sys, time
from datetime import timedelta
import django
django.setup()
from catalog.menu import loader
from catalog.snapshots import build_lease, service
from catalog.models import Location
from integration.models import Merchant
build_lease.LEASE = timedelta(seconds={lease_seconds})
read_menu = loader.read_menu
def slowly(merchant):
    menu = read_menu(merchant)
    with open({builds!r}, "a") as builds:
        print("build", file=builds, flush=True)
    time.sleep({build_seconds})
    return menu
loader.read_menu = slowly
merchant = Merchant.objects.get(pk={merchant_id})
print("ready", flush=True)
sys.stdin.readline()
print(service.pull(merchant, {location_id!r}).etag, flush=True)
"""


class Puller:
    """A process that pulls on request."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def pull(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def etag(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@contextmanager
def puller(builds: Path, *, build_seconds: float = 0.5, lease_seconds: float = 5, **scope: Any):
    """Yield a process ready to pull the catalog of merchant_id's location_id; kill it after."""
    code = _PULL.format(
        builds=str(builds), build_seconds=build_seconds, lease_seconds=lease_seconds, **scope
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "stream_pos.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Puller(process)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def database_url() -> str:
    """Return the URL of the test's database, not of the one in the settings."""
    settings: Any = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    login = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    return f"postgres://{login}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
