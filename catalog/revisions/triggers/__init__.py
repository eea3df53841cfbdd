"""Database triggers that mark a catalog as changed and guard its IDs.

The triggers write the marks, not the code that edits: no edit through the admin, a command, the
ORM, a bulk update or plain SQL can miss its mark, and the mark commits with its change.
They are installed after every migrate, because SQLite drops them when it rebuilds a table.
"""

from typing import Any

from django.db import connections

from . import postgresql, sqlite


def before_migrate(**kwargs: Any) -> None:
    """Drop the triggers: SQLite cannot rename a table that another table's trigger names."""
    connection = connections[kwargs["using"]]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(sqlite.EXISTING)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")


def after_migrate(**kwargs: Any) -> None:
    """Install every trigger; running it again changes nothing."""
    connection = connections[kwargs["using"]]
    tables = set(connection.introspection.table_names())
    if not {"catalog_catalogmark", "catalog_knownid"} <= tables:
        return  # Migrated back to a time before the catalog.
    dialect = postgresql if connection.vendor == "postgresql" else sqlite
    with connection.cursor() as cursor:
        for table, statement in dialect.statements():
            if table in tables:
                cursor.execute(statement)
