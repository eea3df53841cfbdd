"""Faults of the database under a service, which answers 503 at most and recovers by itself."""

import os
import time

from tests.faults.attacks import database
from tests.faults.service.deployment import Deployment
from tests.faults.service.verdict import Limits

from .service_faults import fault, seconds

_BUSY = Limits(busy=True)


def _locked(deployment: Deployment, is_long: bool) -> None:
    database.lock_orders(_url(), seconds(is_long, 6, 20))


def _read_only(deployment: Deployment, is_long: bool) -> None:
    database.read_only(_url(), seconds(is_long, 6, 30))


def _demoted(deployment: Deployment, is_long: bool) -> None:
    """Let the primary become a standby, and a primary again."""
    cluster = deployment.scene.stand.cluster
    assert cluster is not None
    cluster.demote()
    time.sleep(seconds(is_long, 6, 30))
    cluster.promote()


def _exhausted(deployment: Deployment, is_long: bool) -> None:
    database.exhaust(_url(), seconds(is_long, 6, 30), cut=False)


def _cut(deployment: Deployment, is_long: bool) -> None:
    database.exhaust(_url(), seconds(is_long, 6, 30), cut=True)


def _restarted(deployment: Deployment, is_long: bool) -> None:
    for _ in range(3 if is_long else 1):
        deployment.scene.restart_database(away_seconds=2)
        time.sleep(3)


def _full(deployment: Deployment, is_long: bool) -> None:
    """Fill the disk of data and log; where none can be mounted, say so."""
    cluster = deployment.scene.stand.cluster
    assert cluster is not None
    if cluster.disk is None:
        deployment.scene.notes.append("NOT FILLED: a disk can only be mounted by root")
        return
    database.fill(cluster.disk, seconds(is_long, 6, 30))


def _url() -> str:
    return os.environ["DATABASE_URL"]


FAULTS = [
    # The few that are answered waited for the lock as long as a 503 may.
    fault("orders locked", _locked, Limits(busy=True, order_p99_seconds=1.5)),
    fault("read-only database", _read_only, _BUSY),
    fault("database demoted", _demoted, _BUSY),
    fault("connections exhausted", _exhausted, _BUSY),
    fault("connections cut and exhausted", _cut, _BUSY),
    fault("database restarted", _restarted, _BUSY),
    fault("disk full", _full, _BUSY),
]
