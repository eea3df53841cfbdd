"""Raw execution of the statements that every request or order runs.

PostgreSQL takes longer to plan a statement with joins than to look up its rows. When the values
travel separately from the SQL, psycopg prepares a statement that is executed often and keeps its
plan on the connection (`DATABASE_KEEPS_PLANS`); Django's own cursors interpolate the values. A
value whose type PostgreSQL cannot infer needs a cast.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, transaction

Row = tuple[Any, ...]


class Statement(NamedTuple):
    """SQL with `%s` for each of its values."""

    sql: str
    values: Sequence[Any]


def fetch(sql: str, values: Sequence[Any]) -> list[Row]:
    """Execute the statement and return its rows."""
    cursor = _cursor(sql)
    cursor.execute(sql, values)
    rows: list[Row] = cursor.fetchall()
    return rows


def fetch_each(*statements: Statement) -> list[list[Row]]:
    """Return the rows of each statement; PostgreSQL gets them in one round trip.

    No two statements may have the same SQL.
    """
    if connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
        return [fetch(*statement) for statement in statements]
    cursors = [_cursor(statement.sql) for statement in statements]
    with _pipeline_mode():
        for cursor, statement in zip(cursors, statements, strict=True):
            cursor.execute(*statement)
    return [cursor.fetchall() for cursor in cursors]


def execute(sql: str, values: Sequence[Any]) -> None:
    """Execute a statement that returns no rows."""
    _cursor(sql).execute(sql, values)


def execute_returning(sql: str, values: Sequence[Any]) -> Callable[[], Row]:
    """Execute a statement that returns one row; in a pipeline, read it once that has ended."""
    cursor = _cursor(sql)
    cursor.execute(sql, values)
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        return lambda: cursor.fetchone()
    row: Row = cursor.fetchone()  # SQLite cannot commit before it was read.
    return lambda: row


@contextmanager
def pipeline() -> Iterator[None]:
    """Run a transaction that PostgreSQL gets in one round trip, COMMIT included.

    Its locks are held no longer than the writes take. Only for `execute` and
    `execute_returning`, with statements that do not depend on each other's outcome: an
    IntegrityError of any of them is raised at the end, and none takes effect. Joins the surrounding
    transaction, if there is one.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with _pipeline_mode():
        execute("BEGIN", ())
        yield
        execute("COMMIT", ())


@contextmanager
def _pipeline_mode() -> Iterator[None]:
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, connection.connection.pipeline():
            yield
    except BaseException:
        if not connection.in_atomic_block:  # Which ends with a rollback of its own.
            connection.abandon_pipeline()
        raise


def _cursor(sql: str) -> Any:
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        return connection.cursor()
    return connection.reusable_cursor(sql)
