"""Proves that the database answers, can be written and has the schema of this code."""

import threading
import time
from functools import cache

from django.db import DatabaseError, Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F

from integration.db import outages
from integration.db.conflicts import message_for

_AWAY = "The database does not answer."
_READ_ONLY = "The database cannot be written: it is read-only, or its disk is full."
_MISSING = "Migrations are missing: run manage.py migrate."
_PROVE_WRITE_EVERY_SECONDS = 10.0

_lock = threading.Lock()
_written_at = -_PROVE_WRITE_EVERY_SECONDS  # On the monotonic clock.


def problem() -> str | None:
    """Return one sentence on why the database is unusable, or None.

    It reads Django's table of migrations only, which no long work of ours locks.
    """
    try:
        connection.ensure_connection()
        if _is_read_only():
            return _READ_ONLY
        schema = _schema_problem()
        if schema is None and _is_write_due():
            _prove_write()
        return schema
    except Error as error:
        outages.report(error)
        return _READ_ONLY if outages.refuses_writes(error) else _AWAY


def _is_read_only() -> bool:
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("SELECT 1")
            return False
        cursor.execute(
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
        )
        (is_read_only,) = cursor.fetchone()
    if is_read_only and not connection.in_atomic_block:
        connection.close()  # The primary may be another server by now.
    return bool(is_read_only)


def _schema_problem() -> str | None:
    # Empty if the migrations table does not exist yet.
    applied = MigrationRecorder(connection).applied_migrations().keys()
    latest, known = _migrations()
    if not applied >= latest:
        return _MISSING
    apps = {app for app, _ in known}
    unknown = sorted(key for key in applied - known if key[0] in apps)
    if not unknown:
        return None
    app, name = unknown[0]
    return f"The schema is newer than this code: it does not know the migration {app}.{name}."


@cache
def _migrations() -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """Return the code's latest migrations, and all; both are constant in a process."""
    loader = MigrationLoader(None)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    return frozenset(loader.graph.leaf_nodes()), frozenset(replaced.union(loader.disk_migrations))


def _is_write_due() -> bool:
    with _lock:
        return time.monotonic() - _written_at >= _PROVE_WRITE_EVERY_SECONDS


def _prove_write() -> None:
    """Rewrite one row with its own values; a failed write is tried again by the next probe."""
    global _written_at
    migrations = MigrationRecorder(connection).Migration.objects
    try:
        with transaction.atomic():
            newest = migrations.order_by("-id").values("id")[:1]
            migrations.filter(id__in=list(newest.values_list("id", flat=True))).update(
                name=F("name")
            )
    except DatabaseError as error:
        if message_for(error) is None:
            raise
        return  # Another one is writing, so it can be written.
    with _lock:
        _written_at = time.monotonic()
