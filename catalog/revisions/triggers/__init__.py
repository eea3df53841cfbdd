"""Database triggers that mark a catalog as changed, and guard its ids.

They, and not the code that edits, write the marks: so an edit through the admin, a command, the
ORM shell, a bulk update or plain SQL cannot forget them, and a mark commits with its change.
They are installed after every migrate, because SQLite drops them when it rebuilds a table.
"""

from typing import Any

from django.db import connections

from . import postgresql, sqlite


def before_migrate(**kwargs: Any) -> None:
    """SQLite cannot rename a table while a trigger of another one speaks of it."""
    connection = connections[kwargs["using"]]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(sqlite.EXISTING)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")


def after_migrate(**kwargs: Any) -> None:
    """Installs every trigger anew; running it again changes nothing."""
    connection = connections[kwargs["using"]]
    tables = set(connection.introspection.table_names())
    if not {"catalog_catalogmark", "catalog_knownid"} <= tables:
        return  # Migrated back to before the catalog.
    dialect = postgresql if connection.vendor == "postgresql" else sqlite
    with connection.cursor() as cursor:
        for table, statement in dialect.statements():
            if table in tables:
                cursor.execute(statement)
