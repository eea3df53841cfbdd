"""Messages for database errors caused by concurrent writes, which a retry resolves."""

from django.db import DatabaseError, IntegrityError

_CONCURRENT_EDIT = "Nothing was saved: someone else changed this at the same time. Try again."
_DATABASE_BUSY = (
    "Nothing was saved: a large write, such as an import, is in progress. Try again in a minute."
)
# PostgreSQL: deadlock detected, serialization failure, lock not available.
_SQL_STATES = {"40P01", "40001", "55P03"}
_SQLITE_CODES = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED; higher bits hold the extended code.


def message_for(error: DatabaseError) -> str | None:
    """Return a message for the user; None when the error is no write conflict."""
    if isinstance(error, IntegrityError):  # The form was valid when it was checked.
        return _CONCURRENT_EDIT
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    code = getattr(cause, "sqlite_errorcode", None)
    is_locked = state in _SQL_STATES or (code is not None and code & 0xFF in _SQLITE_CODES)
    return _DATABASE_BUSY if is_locked else None
