"""Announced menus: rows that wait for a worker (contract DSP-EV-PUBLISH)."""

from django.db import transaction
from django.db.models import Max

from dsp.models import MenuContent, ReceivedEvent, ReceivedMenu, Store
from integration import wakeups
from integration.db import statements

from . import sealing

TASK = "dsp.tasks.take_menus"
Verdict = ReceivedMenu.Verdict
_COPY = (
    "INSERT INTO dsp_menucontent (menu_id, file, compiled, guest_body, guest_gzip, object_ids)"
    " SELECT %s, file, %s, %s, %s, %s FROM dsp_menucontent WHERE menu_id = %s"
)


def announce(store: Store, received: ReceivedEvent, download_url: str) -> ReceivedMenu:
    """Have a worker fetch the menu behind the address, in place of those that still wait.

    Call it in the transaction that archives the event, with the store locked.
    """
    menu = _wait(
        store,
        arrival=received.pk,
        sealed_address=sealing.seal(download_url),
        shown_address=without_query(download_url)[:500],
    )
    wakeups.on_commit(TASK)
    return menu


@transaction.atomic
def announce_file(store_id: int, packed_file: bytes, note: str) -> ReceivedMenu:
    """Take a file that we have, compressed with gzip, as if it had been published just now."""
    store = Store.objects.select_for_update().get(pk=store_id)
    menu = _wait(store, arrival=_latest_arrival(store), notes=[note])
    statements.execute(
        "INSERT INTO dsp_menucontent (menu_id, file, compiled, guest_body, guest_gzip, object_ids)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [menu.pk, packed_file, b"", b"", b"", b""],
    )
    return menu


@transaction.atomic
def announce_again(kept: ReceivedMenu, note: str) -> ReceivedMenu:
    """Have a worker make a kept menu live again, under a new number."""
    store = Store.objects.select_for_update().get(pk=kept.store_id)
    menu = _wait(store, arrival=_latest_arrival(store), notes=[note])
    statements.execute(_COPY, [menu.pk, b"", b"", b"", b"", kept.pk])
    wakeups.on_commit(TASK)
    return menu


def without_query(address: str) -> str:
    return address.partition("?")[0].partition("#")[0]


def _latest_arrival(store: Store) -> int:
    """Return the key of the locked store's newest event: what we take now comes after it."""
    newest = ReceivedEvent.objects.filter(store=store).aggregate(key=Max("pk"))
    return newest["key"] or 0


def _wait(store: Store, **fields: object) -> ReceivedMenu:
    waiting = ReceivedMenu.objects.filter(store=store, verdict=Verdict.WAITING)
    given_up = list(waiting.values_list("pk", flat=True))
    if given_up:
        MenuContent.objects.filter(menu__in=given_up).delete()
        waiting.update(verdict=Verdict.SUPERSEDED, sealed_address=None, claim=None)
    return ReceivedMenu.objects.create(store=store, **fields)
