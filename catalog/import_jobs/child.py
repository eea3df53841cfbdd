"""The process of an import: it loads Django and then runs the job."""

import os

import django


def main(content: bytes, import_id: int) -> bytes:
    """Run the import; its outcome is in its row."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
    django.setup()
    from integration.db.time_limits import limit_thread

    from . import worker  # Its models need Django.

    limit_thread("tasks")
    worker.run(import_id)
    return b""
