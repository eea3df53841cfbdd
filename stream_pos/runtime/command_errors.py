"""Sentences about errors of the database, instead of tracebacks on the command line."""

from django.db import DatabaseError, InterfaceError

from integration.db import outages
from integration.db.conflicts import sql_state

_UNKNOWN_NAMES = {"42P01", "42703", "3F000"}  # A table, a column, a schema.
_UNKNOWN_NAMES_IN_SQLITE = ("no such table", "no such column", "has no column named")


def sentence(error: DatabaseError | InterfaceError) -> str | None:
    """Return what is wrong and what to do; None if only a traceback helps."""
    first_line = str(error).partition("\n")[0].strip()
    if _lacks_tables(error):
        return (
            f"The database is not set up for this version ({first_line}):"
            " run `python manage.py migrate` first."
        )
    if outages.is_outage(error):
        return (
            f"The database cannot be used ({first_line}):"
            " check DATABASE_URL and its server, then try again."
        )
    return None


def _lacks_tables(error: BaseException) -> bool:
    text = str(error)
    return sql_state(error) in _UNKNOWN_NAMES or any(
        part in text for part in _UNKNOWN_NAMES_IN_SQLITE
    )
