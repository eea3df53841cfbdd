"""Run an import in a process of its own, so that the worst file costs that import alone."""

import logging

from django.conf import settings

from catalog.models import CatalogImport
from integration.bounded import process
from integration.bounded.process import Limits, OutOfBounds
from integration.bounded.turns import Busy, Turns

from . import service as import_jobs

log = logging.getLogger(__name__)

turns = Turns(2, wait_seconds=0)  # In one worker; the schedule wakes the others again.


def run(import_id: int) -> None:
    """Check or apply the import in a child; end it with a sentence if the child is ended."""
    try:
        with turns.take():
            process.run("catalog.import_jobs.child:main", import_id, limits=limits())
    except Busy:
        return
    except OutOfBounds as error:
        log.warning("Import %s was ended: %s", import_id, error)
        unfinished = CatalogImport.objects.filter(pk=import_id, state__in=CatalogImport.WORK)
        note = f"{error} Nothing was changed. Try a smaller file, or import this one again."
        import_jobs.end(unfinished, CatalogImport.State.FAILED, note)


def limits() -> Limits:
    """Return the limits of the settings."""
    return Limits(settings.IMPORT_MEMORY_MB, settings.IMPORT_SECONDS)
