"""What people ask for: an import, its plan applied or dropped."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import CatalogImport
from catalog.spreadsheets.formats import format_of
from integration import wakeups
from integration.models import Merchant, User

MOST_BYTES = 50 * 2**20
_KEPT = timedelta(days=1)  # A plan that nobody decides about.
_TASK = "catalog.tasks.run_import"
State = CatalogImport.State


class UnderWay(Exception):
    """Another import of the merchant is not over yet."""


def start(
    merchant: Merchant, user: User, *, file_name: str, content: bytes, merge: bool
) -> CatalogImport:
    """Has a worker check the file. A plan that still waited is dropped. Raises UnderWay."""
    name = "".join(sign for sign in file_name if sign.isprintable())[-200:]
    try:
        with transaction.atomic():
            end(CatalogImport.objects.filter(merchant=merchant, state=State.READY), State.DROPPED)
            made = CatalogImport.objects.create(
                merchant=merchant,
                user=user,
                file_name=name,
                file_format=format_of(name),
                content=content,
                is_merge=merge,
            )
            wakeups.on_commit(_TASK, made.pk)
    except IntegrityError as error:
        raise UnderWay from error
    return made


def approve(asked: CatalogImport) -> bool:
    """Has a worker apply the plan; False when it no longer waits. Raises UnderWay."""
    waiting = CatalogImport.objects.filter(pk=asked.pk, state=State.READY)
    try:
        with transaction.atomic():
            approved = waiting.update(state=State.APPLYING, attempts=0, claimed_at=None, note="")
            if approved:
                wakeups.on_commit(_TASK, asked.pk)
    except IntegrityError as error:
        raise UnderWay from error
    return bool(approved)


def drop(asked: CatalogImport) -> bool:
    """Forgets the file; False when the plan no longer waits."""
    return end(CatalogImport.objects.filter(pk=asked.pk, state=State.READY), State.DROPPED)


def forget_old() -> None:
    """Drops plans that nobody decided about."""
    old = CatalogImport.objects.filter(state=State.READY, created_at__lt=timezone.now() - _KEPT)
    if old.exists():  # On SQLite, a write that does nothing would make others wait, too.
        end(old, State.DROPPED, note="Nobody decided about it for a day.")


def end(imports: "QuerySet[CatalogImport]", state: str, note: str = "") -> bool:
    """The file is no longer needed."""
    return bool(imports.update(state=state, content=None, finished_at=timezone.now(), note=note))
