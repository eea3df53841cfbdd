"""Errors caused by concurrent writes, which a retry resolves, and their messages for users."""

from django.db import IntegrityError

_CONCURRENT_EDIT = "Nothing was saved: someone else changed this at the same time. Try again."
_DATABASE_BUSY = (
    "Nothing was saved: a large write, such as an import, is in progress. Try again in a minute."
)
_DEADLOCK = "40P01"
# PostgreSQL: a deadlock, serialization failure, lock not available.
LOCK_STATES = frozenset({_DEADLOCK, "40001", "55P03"})
_LOCK_CODES = frozenset({5, 6})  # SQLite: busy, locked.


def message_for(error: BaseException) -> str | None:
    """Return a message for the user; None when the error is no write conflict."""
    if isinstance(error, IntegrityError):  # The form was valid when it was checked.
        return _CONCURRENT_EDIT
    is_locked = sql_state(error) in LOCK_STATES or sqlite_code(error) in _LOCK_CODES
    return _DATABASE_BUSY if is_locked else None


def is_deadlock(error: BaseException) -> bool:
    """Return True if two transactions took the same rows in opposite sequence; one starts again."""
    return sql_state(error) == _DEADLOCK


def sql_state(error: BaseException | None) -> str:
    """Return PostgreSQL's code of the error, as psycopg or Django raised it; "" without one."""
    cause = None if error is None else error.__cause__
    return getattr(error, "sqlstate", None) or getattr(cause, "sqlstate", None) or ""


def sqlite_code(error: BaseException | None) -> int | None:
    """Return SQLite's primary code of an error that Django raised; None without one."""
    cause = None if error is None else error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF  # Higher bits hold the extended code.
