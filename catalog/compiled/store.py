"""The stored compiled menus: written by the worker, loaded by web processes."""

import hashlib
from typing import Any

from django.db.models import BigIntegerField, CharField, F, Q, QuerySet

from catalog.models import CompiledMenu
from catalog.revisions.counter import menu_revision
from integration.db.compiled import CompiledQuery, Parameter
from integration.db.consistency import consistent_read
from integration.models import Merchant

from . import menu as compiled
from .compiler import compile_menu


def refresh(merchant: Merchant) -> bool:
    """Compile and store the merchant's menu, unless it is up to date; return True if it was not.

    Of two workers that compile at once, the newer result stays.
    """
    if merchant.pk not in stale([merchant.pk]):
        return False
    with consistent_read():
        # Read with the menu, so that an edit committed meanwhile leaves the result stale.
        revision = Merchant.objects.annotate(merchant_id=F("pk")).annotate(now=menu_revision())
        current = revision.values_list("now", flat=True).get(pk=merchant.pk)
        content = compiled.encode(compile_menu(merchant))
    CompiledMenu.objects.bulk_create([CompiledMenu(merchant=merchant)], ignore_conflicts=True)
    # Beside the code before, the newer format stays.
    older = Q(revision__lt=current) | Q(revision=current, format__lt=compiled.FORMAT)
    CompiledMenu.objects.filter(older, merchant=merchant).update(
        revision=current,
        format=compiled.FORMAT,
        etag=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
    )
    return True


def stale(merchant_ids: Any) -> set[int]:
    """Return those of the merchants whose menu has changed since it was compiled."""
    merchants = Merchant.objects.filter(pk__in=merchant_ids).annotate(merchant_id=F("pk"))
    changed = merchants.annotate(now=menu_revision()).filter(
        Q(compiled_menu=None)
        | ~Q(compiled_menu__revision=F("now"))
        | Q(compiled_menu__format__lt=compiled.FORMAT)
    )
    return set(changed.values_list("pk", flat=True))


def load(merchant_id: int, etag: str) -> compiled.Menu | None:
    """Return the menu with that content, or None if a newer one has replaced it."""
    for (content,) in _CONTENT.rows(merchant=merchant_id, etag=etag):
        return compiled.decode(bytes(content))
    return None


def _content() -> "QuerySet[Any, Any]":
    return CompiledMenu.objects.filter(
        merchant_id=Parameter("merchant", BigIntegerField()), etag=Parameter("etag", CharField())
    ).values_list("content")


_CONTENT = CompiledQuery(_content)
