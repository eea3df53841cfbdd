"""Locks that another connection holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Hold the table, or SQLite's one write lock, on another connection."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("BEGIN")
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            else:
                cursor.execute("BEGIN IMMEDIATE")
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()
