"""Celery tasks. Each may run twice, and concurrently with itself."""

from celery import shared_task
from django.db.models import F, Q

from integration.clocks import heartbeat, registry
from integration.clocks.registry import Round
from integration.db import database_time
from integration.models import Merchant
from integration.oauth import authorizations

from .compiled import store as compiled_menus
from .events import catalog_updated
from .images import storage as image_storage
from .import_jobs import bounded_job
from .import_jobs import service as import_jobs
from .import_jobs import worker as import_worker
from .locations import connection
from .locations import pause as location_pause
from .menu import availability
from .models import CatalogSnapshot, Location
from .revisions.counter import with_revision
from .snapshots import service as snapshots


@shared_task(ignore_result=True)
def refresh(merchant_id: int) -> None:
    """Build the merchant's catalogs after an edit, and emit the events that this calls for.

    Then compile the menu for orders, which are judged without it meanwhile.
    """
    _refresh(merchant_id, snapshots.WORKER_PATIENCE_SECONDS)


@shared_task(ignore_result=True)
def settle(merchant_id: int) -> None:
    """Settle the merchant's pending events after a pull that gave Stream something new."""
    catalog_updated.settle(merchant_id)


@shared_task(ignore_result=True)
def look_after_catalogs() -> None:
    """Apply what falls due, and edits whose wake-up was lost; run every second."""
    availability.switch_back_on()
    location_pause.resume_due()
    connection.disconnect_lapsed()
    catalog_updated.settle_due()
    for merchant_id in _merchants_to_refresh():
        heartbeat.step()  # Large catalogs take seconds.
        _refresh(merchant_id, 0)  # A catalog being built now is checked again in a second.


def _refresh(merchant_id: int, patience_seconds: float) -> None:
    merchant = Merchant.objects.filter(pk=merchant_id).first()
    if merchant is not None:
        snapshots.refresh(merchant, patience_seconds=patience_seconds)
        compiled_menus.refresh(merchant)


@shared_task(ignore_result=True)
def look_after_pictures() -> None:
    """Delete pictures that have been unused for a while; run every hour."""
    image_storage.maintain()


@shared_task(ignore_result=True)
def run_import(import_id: int) -> None:
    """Check an uploaded file, or apply its approved plan."""
    bounded_job.run(import_id)


@shared_task(ignore_result=True)
def look_after_imports() -> None:
    """Resume imports without a worker, and drop expired plans; run every five seconds."""
    import_worker.wake_stranded()
    import_jobs.drop_expired()


def _merchants_to_refresh() -> set[int]:
    """Return the merchants read by Stream with a catalog or a compiled menu to be made anew."""
    live = authorizations.live_merchant_ids()
    read = CatalogSnapshot.objects.filter(merchant_id__in=live, location__archived_at=None)
    stale = with_revision(read).filter(
        ~Q(revision=F("current_revision")) | Q(stale_at__lte=database_time.now())
    )
    unbuilt = Location.objects.filter(merchant_id__in=live, archived_at=None, snapshot=None)
    return {
        *stale.values_list("merchant_id", flat=True),
        *unbuilt.values_list("merchant_id", flat=True),
        *compiled_menus.stale(live),
    }


registry.register(
    Round(
        name="catalog updates",
        task=look_after_catalogs,
        task_name="catalog.tasks.look_after_catalogs",
        every_seconds=1.0,
        is_watched=True,
        also_for=("catalog.tasks.refresh", "catalog.tasks.settle"),
    ),
    Round(
        name="imports",
        task=look_after_imports,
        task_name="catalog.tasks.look_after_imports",
        every_seconds=5.0,
        also_for=("catalog.tasks.run_import",),
    ),
    Round("unused images", look_after_pictures, "catalog.tasks.look_after_pictures", 3600.0),
)
