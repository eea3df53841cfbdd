"""The few statements that every order asks.

PostgreSQL plans a statement with joins for longer than it then looks up its rows. Where the values
travel beside it, psycopg keeps it prepared on the connection, with its plan, once it was asked
often (`DATABASE_KEEPS_PLANS`); Django's own cursors write the values into it. A value whose type
PostgreSQL cannot tell needs a cast.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction

Row = tuple[Any, ...]


class Question(NamedTuple):
    """A statement with `%s` for each of its values."""

    statement: str
    values: Sequence[Any]


def ask(statement: str, values: Sequence[Any]) -> list[Row]:
    """The statement's rows."""
    cursor = _cursor(statement)
    cursor.execute(statement, values)
    rows: list[Row] = cursor.fetchall()
    return rows


def ask_together(*questions: Question) -> list[list[Row]]:
    """The rows of each; to PostgreSQL they travel in one exchange. No two may be the same."""
    if connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
        return [ask(*one) for one in questions]
    cursors = [_cursor(one.statement) for one in questions]
    with _exchange():
        for cursor, one in zip(cursors, questions, strict=True):
            cursor.execute(*one)
    return [cursor.fetchall() for cursor in cursors]


def change(statement: str, values: Sequence[Any]) -> None:
    """Runs a statement that answers nothing."""
    _cursor(statement).execute(statement, values)


@contextmanager
def together() -> Iterator[None]:
    """A transaction whose changes travel to PostgreSQL in one exchange, its commit with them.

    So what it locks is free again as soon as it is written. Only for `change`, none of which may
    depend on another's outcome: an IntegrityError of any is raised at the end, and nothing of all
    is there. Part of the transaction under way, if there is one.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    try:
        with _exchange():
            change("BEGIN", ())
            yield
            change("COMMIT", ())
    except BaseException:
        _roll_back()
        raise


def _roll_back() -> None:
    """Without COMMIT nothing of it is there, but the connection waits for an end of either kind."""
    try:
        change("ROLLBACK", ())
    except Error:  # The connection is gone, or in a state that nobody knows.
        connections[DEFAULT_DB_ALIAS].close()


@contextmanager
def _exchange() -> Iterator[None]:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def _cursor(statement: str) -> Any:
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        return connection.cursor()
    return connection.lasting_cursor(statement)
