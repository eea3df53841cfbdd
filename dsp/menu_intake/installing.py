"""A menu that was read goes live, all at once (contract DSP-MENU-FILE)."""

import zlib

from django.db import transaction
from django.db.models import F

from dsp.models import AvailabilityChange, MenuContent, ReceivedMenu, Store
from integration.db import database_time, statements
from integration.models import Alarm
from integration.monitoring import alarms

from . import guest_body, queue
from .child import Built
from .reading import Base

Verdict = ReceivedMenu.Verdict
_KEPT = 10


class Outdated(Exception):
    """Another menu of the store went live meanwhile: the file must be read again."""


def store_content(menu: ReceivedMenu, packed_file: bytes, built: Built) -> None:
    """Store the bytes beside the live menu; before `install`, because they may be large."""
    content = MenuContent.objects.filter(menu=menu)
    if not content.exists():
        empty = {"compiled": b"", "guest_body": b"", "guest_gzip": b"", "object_ids": b""}
        MenuContent.objects.bulk_create([MenuContent(menu=menu, file=b"", **empty)])
    _set(menu, "file", packed_file)
    _set(menu, "object_ids", built.object_ids)
    _set(menu, "guest_gzip", built.guest_gzip)
    # One after the other: each may take tens of megabytes here while it is sent.
    _set(menu, "compiled", zlib.decompress(built.compiled))
    _set(menu, "guest_body", guest_body.unpacked(built.guest_gzip))


def _set(menu: ReceivedMenu, column: str, value: bytes) -> None:
    sql = f"UPDATE dsp_menucontent SET {column} = %s WHERE menu_id = %s"  # noqa: S608  # Our names.
    statements.execute(sql, [value, menu.pk])


def install(menu: ReceivedMenu, built: Built, base: Base) -> bool:
    """Make the menu the store's live one; return False if it was given up meanwhile.

    Raises Outdated.
    """
    with transaction.atomic():
        store = Store.objects.select_for_update().get(pk=menu.store_id)
        if not queue.held(menu).exists():
            return False
        _check(store, base)
        ReceivedMenu.objects.filter(store=store, verdict=Verdict.LIVE).update(
            verdict=Verdict.REPLACED
        )
        _finish(menu, built, base)
        AvailabilityChange.objects.filter(store=store, arrival__lte=menu.arrival).delete()
        Store.objects.filter(pk=store.pk).update(
            live_menu=menu.pk, overlay_revision=F("overlay_revision") + 1, suspect_since=None
        )
        alarms.resolve(Alarm.Kind.MENU, endpoint=queue.alarm_endpoint(menu))
    _forget_old(menu.store_id, base.number)
    return True


def _check(store: Store, base: Base) -> None:
    taken = ReceivedMenu.objects.filter(store=store, number__gte=base.number)
    if store.live_menu_id != base.live_menu_id or taken.exists():
        raise Outdated


def _finish(menu: ReceivedMenu, built: Built, base: Base) -> None:
    ReceivedMenu.objects.filter(pk=menu.pk).update(
        verdict=Verdict.LIVE,
        number=base.number,
        live_at=database_time.now(),
        reason="",
        sealed_address=None,
        claim=None,
        leased_until=None,
        version=built.version,
        currency=built.currency,
        prep_time_minutes=built.prep_time_minutes,
        counts=built.counts,
        left_out=built.left_out,
        left_out_count=built.left_out_count,
        notes=[*menu.notes, *_notes(built, base)],
        changes=built.changes,
    )


def _notes(built: Built, base: Base) -> list[str]:
    numbered = ReceivedMenu.objects.filter(pk=base.live_menu_id or 0)
    before = numbered.values_list("version", flat=True).first()
    if before is None or before == built.version:
        return []
    return [f"The file has version {built.version}; the one before had version {before}."]


def _forget_old(store_id: int, number: int) -> None:
    """Delete what is older than the versions that are kept."""
    menus = ReceivedMenu.objects.filter(store=store_id)
    oldest = menus.filter(number__gt=number - _KEPT).order_by("pk").first()
    if oldest is not None:
        menus.filter(pk__lt=oldest.pk).exclude(verdict=Verdict.WAITING).delete()
