"""Cursors for the few statements that every order asks.

PostgreSQL plans a statement with joins for longer than it then looks up its rows. Where the values
travel beside it, psycopg keeps it prepared on the connection, with its plan, once it was asked
often (`DATABASE_KEEPS_PLANS`); Django's own cursors write the values into it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


def cursor() -> Any:
    """As `connection.cursor()`. A value whose type PostgreSQL cannot tell needs a cast."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    # The steps of Django's method, with another kind of cursor.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    ours: Any = psycopg.Cursor(connection.connection)
    return wrap(ours)


@contextmanager
def together() -> Iterator[None]:
    """What is written in here travels to PostgreSQL in one exchange, and is there afterwards.

    Only for statements of whose outcome nothing is read before the end; that is also when an
    IntegrityError of any of them is raised.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
