"""The process of an import: it loads Django and then runs the job."""

import logging
import os

import django
from django.db import DatabaseError

log = logging.getLogger(__name__)


def main(content: bytes, import_id: int) -> bytes:
    """Run the import; its outcome is in its row."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
    django.setup()
    from integration.db.conflicts import sql_state
    from integration.db.time_limits import limit_thread

    from . import worker  # Its models need Django.

    limit_thread("tasks")
    try:
        worker.run(import_id)
    except DatabaseError as error:  # Before or after its own transactions: the schedule resumes it.
        if "out of memory" in str(error) and not sql_state(error):
            raise MemoryError from error  # Ours, not the server's: it would end so every time.
        log.warning("Import %s will be resumed: %s", import_id, error)
    return b""
