"""Run an import in a worker, which may be woken twice and may die at any point."""

import logging
from datetime import timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import F, Q, QuerySet

from catalog.import_errors import listing
from catalog.import_errors.problems import BadCatalog
from catalog.import_export import importer
from catalog.import_export import report as import_report
from catalog.import_export.diff import Plan
from catalog.models import CatalogImport
from catalog.spreadsheets import formats
from catalog.spreadsheets.formats import Format
from catalog.validation import check
from integration import actor, wakeups
from integration.db import database_time, outages

from . import plan_digest
from . import service as import_jobs
from .heartbeat import LOST_AFTER_SECONDS, Heartbeat, read_progress

log = logging.getLogger(__name__)

_MAX_ATTEMPTS = 3
State = CatalogImport.State


class _PlanChanged(Exception):
    """The catalog has changed since a person approved the plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


class _AlreadyEnded(Exception):
    """Another worker has run the import, or somebody has ended it."""


def run(import_id: int) -> None:
    """Check or apply the import, unless another worker is doing so."""
    catalog_import = _claim(import_id)
    if catalog_import is None:
        return
    with Heartbeat(catalog_import.pk) as heartbeat:
        try:
            if catalog_import.state == State.CHECKING:
                _check(catalog_import)
            else:
                _apply(catalog_import, heartbeat)
        except BadCatalog as error:
            _refuse(catalog_import, error)
        except MemoryError:  # Said by the process that waits for this one.
            raise
        except Exception as error:
            if outages.is_temporary(error):  # Rolled back; the next attempt may succeed.
                log.warning("Import %s will be retried: %s", catalog_import.pk, error)
                return
            log.exception("Import %s failed.", catalog_import.pk)
            _end(
                catalog_import,
                State.FAILED,
                "Something went wrong on our side; nothing was changed. The log has the details.",
            )


def wake_stranded() -> None:
    """Wake a worker for imports without one: the wake-up was lost, or the worker died."""
    for stranded in _unclaimed().only("pk", "attempts", "state"):
        if read_progress(stranded.pk) is None:
            if stranded.attempts < _MAX_ATTEMPTS:
                wakeups.wake("catalog.tasks.run_import", stranded.pk)
            else:
                _end(
                    stranded,
                    State.FAILED,
                    f"It was attempted {_MAX_ATTEMPTS} times and never finished, so nothing was"
                    " changed. Try a smaller file, or import it with the import_catalog command.",
                )


def _unclaimed() -> "QuerySet[CatalogImport]":
    lost = database_time.now() - timedelta(seconds=LOST_AFTER_SECONDS)
    return CatalogImport.objects.filter(
        Q(claimed_at=None) | Q(claimed_at__lt=lost), state__in=CatalogImport.WORK
    )


def _claim(import_id: int) -> CatalogImport | None:
    """Claim the import with one UPDATE, so that only one of two workers gets it."""
    if read_progress(import_id) is not None:
        return None
    claimable = _unclaimed().filter(pk=import_id, attempts__lt=_MAX_ATTEMPTS)
    if not claimable.update(claimed_at=database_time.now(), attempts=F("attempts") + 1):
        return None
    return CatalogImport.objects.select_related("merchant").get(pk=import_id)


def _check(catalog_import: CatalogImport) -> None:
    merchant, merge = catalog_import.merchant, catalog_import.is_merge
    with _as_json(catalog_import) as file:
        plan = importer.plan_import(merchant, file.content, merge=merge, problems=file.problems)
    if plan.is_empty():
        _end(catalog_import, State.DONE, import_report.summary(plan))
    else:
        _present(catalog_import, plan, "")


def _apply(catalog_import: CatalogImport, heartbeat: Heartbeat) -> None:
    approved = _Approved(catalog_import)
    try:
        with (
            _as_json(catalog_import) as file,
            actor.on_behalf_of(catalog_import.user),
            actor.change_reason(actor.BY_IMPORT),
        ):
            importer.import_catalog(
                catalog_import.merchant,
                file.content,
                merge=catalog_import.is_merge,
                problems=file.problems,
                progress=heartbeat.advance,
                before=approved.verify,
                after=approved.complete,
            )
    except _PlanChanged as changed:
        _present(
            catalog_import,
            changed.plan,
            "The catalog changed after this plan was made, so nothing was applied. This is what"
            " the file would do now: please review it again.",
        )
    except _AlreadyEnded:
        log.info("Import %s had already ended.", catalog_import.pk)


class _Approved:
    """An import whose plan a person has approved; used in the import's own transaction."""

    def __init__(self, catalog_import: CatalogImport) -> None:
        self.catalog_import = catalog_import

    def verify(self, plan: Plan) -> None:
        """Raise unless this is the plan that the person has seen."""
        if not _unchanged(self.catalog_import).exists():
            raise _AlreadyEnded
        if plan_digest.fingerprint(plan) != self.catalog_import.fingerprint:
            raise _PlanChanged(plan)

    def complete(self, plan: Plan) -> None:
        """Mark the import as done, in the transaction that writes it."""
        merchant, note = self.catalog_import.merchant, import_report.summary(plan)
        report = plan_digest.report(plan, merchant.currency) | {
            "broken": plan_digest.broken(check(merchant))
        }
        if not _unchanged(self.catalog_import).update(report=report):
            raise _AlreadyEnded
        _end(self.catalog_import, State.DONE, note)
        if self.catalog_import.user_id is not None:
            LogEntry.objects.log_actions(
                self.catalog_import.user_id, [self.catalog_import], CHANGE, f"Imported. {note}"
            )


def _as_json(catalog_import: CatalogImport) -> "formats.Translation":
    return formats.as_json(
        bytes(catalog_import.content or b""),
        Format(catalog_import.file_format),
        catalog_import.merchant.currency,
        merge=catalog_import.is_merge,
    )


def _present(catalog_import: CatalogImport, plan: Plan, note: str) -> None:
    """Present the plan for a person to decide on."""
    _unchanged(catalog_import).update(
        state=State.READY,
        report=plan_digest.report(plan, catalog_import.merchant.currency),
        fingerprint=plan_digest.fingerprint(plan),
        note=note,
    )


def _refuse(catalog_import: CatalogImport, error: BadCatalog) -> None:
    """End the import with all errors of its file."""
    errors = {"count": error.count, "shown": listing.rows(error)}
    _unchanged(catalog_import).update(report={"errors": errors})
    _end(catalog_import, State.REFUSED, f"{listing.summary(error)} Nothing was changed.")


def _end(catalog_import: CatalogImport, state: str, note: str) -> None:
    import_jobs.end(_unchanged(catalog_import), state, note)


def _unchanged(catalog_import: CatalogImport) -> "QuerySet[CatalogImport]":
    return CatalogImport.objects.filter(pk=catalog_import.pk, state=catalog_import.state)
