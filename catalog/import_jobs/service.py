"""Start an import, and approve or drop its plan."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from catalog.models import CatalogImport
from catalog.spreadsheets.formats import format_of
from integration import wakeups
from integration.db import database_time
from integration.models import Merchant, User

MAX_BYTES = 50 * 2**20
_PLAN_LIFETIME = timedelta(days=1)
_TASK = "catalog.tasks.run_import"
State = CatalogImport.State


class ImportInProgress(Exception):
    """Another import for the merchant is still in progress."""


def start(
    merchant: Merchant, user: User, *, file_name: str, content: bytes, merge: bool
) -> CatalogImport:
    """Have a worker check the file, and drop a plan that still waits. Raises ImportInProgress."""
    name = "".join(character for character in file_name if character.isprintable())[-200:]
    try:
        with transaction.atomic():
            end(CatalogImport.objects.filter(merchant=merchant, state=State.READY), State.DROPPED)
            created = CatalogImport.objects.create(
                merchant=merchant,
                user=user,
                file_name=name,
                file_format=format_of(name),
                content=content,
                is_merge=merge,
            )
            wakeups.on_commit(_TASK, created.pk)
    except IntegrityError as error:
        raise ImportInProgress from error
    return created


def approve(catalog_import: CatalogImport, fingerprint: str) -> bool:
    """Have a worker apply the plan that was shown. Raises ImportInProgress.

    Return False if the plan no longer waits, or is no longer the one with this fingerprint.
    """
    waiting = CatalogImport.objects.filter(
        pk=catalog_import.pk, state=State.READY, fingerprint=fingerprint
    )
    try:
        with transaction.atomic():
            approved = waiting.update(state=State.APPLYING, attempts=0, claimed_at=None, note="")
            if approved:
                wakeups.on_commit(_TASK, catalog_import.pk)
    except IntegrityError as error:
        raise ImportInProgress from error
    return bool(approved)


def drop(catalog_import: CatalogImport) -> bool:
    """Drop the plan and its file; return False if it no longer waits."""
    return end(CatalogImport.objects.filter(pk=catalog_import.pk, state=State.READY), State.DROPPED)


def drop_expired() -> None:
    """Drop plans that nobody applied in time."""
    expired = CatalogImport.objects.filter(
        state=State.READY, created_at__lt=database_time.now() - _PLAN_LIFETIME
    )
    if expired.exists():  # On SQLite, even an UPDATE of no rows makes other writers wait.
        end(expired, State.DROPPED, note="Nobody applied it within a day.")


def end(imports: "QuerySet[CatalogImport]", state: str, note: str = "") -> bool:
    """End the imports and delete their files; return whether there were any."""
    return bool(
        imports.update(state=state, content=None, finished_at=database_time.now(), note=note)
    )
