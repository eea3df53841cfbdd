"""Cursors for the few statements that every order asks.

PostgreSQL plans a statement with joins for longer than it then looks up its rows. Where the values
travel beside it, psycopg keeps it prepared on the connection, with its plan, once it was asked
often (`DATABASE_KEEPS_PLANS`); Django's own cursors write the values into it.
"""

from typing import Any

import psycopg
from django.db import connection


def cursor() -> Any:
    """As `connection.cursor()`. A value whose type PostgreSQL cannot tell needs a cast."""
    wrapped: Any = connection.cursor()
    if connection.vendor == "postgresql":
        wrapped.cursor = psycopg.Cursor(wrapped.cursor.connection)
    return wrapped
