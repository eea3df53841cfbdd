"""What a worker does with an import. It may be told twice, and may die at any instruction."""

import logging
from datetime import timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import DatabaseError
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from catalog.import_export import importer
from catalog.import_export import report as import_report
from catalog.import_export.diff import Plan
from catalog.import_export.parser import BadCatalog
from catalog.models import CatalogImport
from catalog.spreadsheets import formats
from catalog.spreadsheets.formats import Format
from catalog.validation import check
from integration import actor, wakeups

from . import plan_digest
from . import service as import_jobs
from .heartbeat import LOST_AFTER_SECONDS, Heartbeat, heard_of

log = logging.getLogger(__name__)

_MOST_ATTEMPTS = 3
State = CatalogImport.State


class _PlanChanged(Exception):
    """The catalog is no longer the one for which a person approved of the plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


class _NotOurs(Exception):
    """Another worker has done it, or somebody has ended it."""


def run(import_id: int) -> None:
    """Does what the import waits for, unless another worker does it."""
    taken = _claim(import_id)
    if taken is None:
        return
    with Heartbeat(taken.pk) as heartbeat:
        try:
            if taken.state == State.CHECKING:
                _check(taken)
            else:
                _apply(taken, heartbeat)
        except BadCatalog as error:
            _end(taken, State.REFUSED, f"{error} Nothing was changed.")
        except DatabaseError as error:  # It was rolled back; another try may find its way.
            log.warning("The import %s is tried again: %s", taken.pk, error)
        except Exception:
            log.exception("The import %s failed.", taken.pk)
            _end(
                taken,
                State.FAILED,
                "Something went wrong on our side, and nothing was changed. The log says what.",
            )


def wake_for_stranded() -> None:
    """Wakes a worker for what nobody works on: the wake-up was lost, or the worker died."""
    for stranded in _free().only("pk", "attempts", "state"):
        if heard_of(stranded.pk) is None:
            if stranded.attempts < _MOST_ATTEMPTS:
                wakeups.wake("catalog.tasks.run_import", stranded.pk)
            else:
                _end(
                    stranded,
                    State.FAILED,
                    f"It was begun {_MOST_ATTEMPTS} times and never came to its end, so nothing"
                    " was changed. Try a smaller file, or import it with the command"
                    " import_catalog.",
                )


def _free() -> "QuerySet[CatalogImport]":
    lost = timezone.now() - timedelta(seconds=LOST_AFTER_SECONDS)
    return CatalogImport.objects.filter(
        Q(claimed_at=None) | Q(claimed_at__lt=lost), state__in=CatalogImport.WORK
    )


def _claim(import_id: int) -> CatalogImport | None:
    """One UPDATE, so that of two workers only one has it."""
    if heard_of(import_id) is not None:
        return None
    free = _free().filter(pk=import_id, attempts__lt=_MOST_ATTEMPTS)
    if not free.update(claimed_at=timezone.now(), attempts=F("attempts") + 1):
        return None
    return CatalogImport.objects.select_related("merchant").get(pk=import_id)


def _check(taken: CatalogImport) -> None:
    merchant, merge = taken.merchant, taken.is_merge
    with _as_json(taken) as content:
        plan = importer.plan_import(merchant, content, merge=merge)
    if plan.is_empty():
        _end(taken, State.DONE, import_report.summary(plan))
    else:
        _show(taken, plan, "")


def _apply(taken: CatalogImport, heartbeat: Heartbeat) -> None:
    approved = _Approved(taken)
    try:
        asked = actor.on_behalf_of(taken.user), actor.because(actor.BY_IMPORT)
        with _as_json(taken) as content, asked[0], asked[1]:
            importer.import_catalog(
                taken.merchant,
                content,
                merge=taken.is_merge,
                progress=heartbeat.advance,
                before=approved.hold_against,
                after=approved.note,
            )
    except _PlanChanged as changed:
        _show(
            taken,
            changed.plan,
            "The catalog was changed after this plan was made, so nothing was applied. Below is"
            " what the file would do now: look at it again.",
        )
    except _NotOurs:
        log.info("The import %s was over already.", taken.pk)


class _Approved:
    """An import of whose plan a person has approved; in the import's own transaction."""

    def __init__(self, taken: CatalogImport) -> None:
        self.taken = taken

    def hold_against(self, plan: Plan) -> None:
        """Raises when this is not what the person has seen."""
        if not _mine(self.taken).exists():
            raise _NotOurs
        if plan_digest.fingerprint(plan) != self.taken.fingerprint:
            raise _PlanChanged(plan)

    def note(self, plan: Plan) -> None:
        """Commits with what was imported: it is done, or nothing of it is."""
        merchant, note = self.taken.merchant, import_report.summary(plan)
        report = plan_digest.report(plan, merchant.currency) | {
            "broken": plan_digest.broken(check(merchant))
        }
        if not _mine(self.taken).update(report=report):
            raise _NotOurs
        _end(self.taken, State.DONE, note)
        if self.taken.user_id is not None:
            LogEntry.objects.log_actions(
                self.taken.user_id, [self.taken], CHANGE, f"Imported. {note}"
            )


def _as_json(taken: CatalogImport) -> "formats.Translation":
    return formats.as_json(
        bytes(taken.content or b""),
        Format(taken.file_format),
        taken.merchant.currency,
        merge=taken.is_merge,
    )


def _show(taken: CatalogImport, plan: Plan, note: str) -> None:
    """Has a person decide about the plan."""
    _mine(taken).update(
        state=State.READY,
        report=plan_digest.report(plan, taken.merchant.currency),
        fingerprint=plan_digest.fingerprint(plan),
        note=note,
    )


def _end(taken: CatalogImport, state: str, note: str) -> None:
    import_jobs.end(_mine(taken), state, note)


def _mine(taken: CatalogImport) -> "QuerySet[CatalogImport]":
    return CatalogImport.objects.filter(pk=taken.pk, state=taken.state)
