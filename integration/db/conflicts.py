"""What the database says when two write the same at once: a moment later it works."""

from django.db import DatabaseError, IntegrityError

_SAVED_MEANWHILE = "Nothing was saved: somebody changed the same at this moment. Try again."
_WRITES_MEANWHILE = (
    "Nothing was saved: something large is being written at this moment, such as an import. Try"
    " again in a minute."
)
# PostgreSQL: a deadlock, a conflict of transactions, a lock not had in time.
_SQL_STATES = {"40P01", "40001", "55P03"}
_SQLITE_CODES = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED; the higher bits say more.


def sentence_for(error: DatabaseError) -> str | None:
    """What to tell a person; None when the error is no collision."""
    if isinstance(error, IntegrityError):  # The form was right when it was checked.
        return _SAVED_MEANWHILE
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    code = getattr(cause, "sqlite_errorcode", None)
    is_locked = state in _SQL_STATES or (code is not None and code & 0xFF in _SQLITE_CODES)
    return _WRITES_MEANWHILE if is_locked else None
