import gzip
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsp.menu_intake import announcing, queue, worker
from dsp.models import ReceivedMenu, Store

Verdict = ReceivedMenu.Verdict
_MEGABYTE = 2**20
_POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Take a menu file for a store of the channel, as if Stream had published it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, metavar="PROVIDER_ID")
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> str:
        store = Store.objects.filter(provider_id=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store {options['store']}.")
        content = _content(options["file"])
        packed = content if content.startswith(b"\x1f\x8b") else gzip.compress(content, 1, mtime=0)
        note = "Published by the command channel_publish."
        menu = _taken(announcing.announce_file(store.pk, packed, note))
        if menu.verdict == Verdict.LIVE:
            left_out = f", without {menu.left_out_count:,} parts" if menu.left_out_count else ""
            return f"Menu {menu.number} of {store} is live{left_out}."
        if menu.verdict == Verdict.SUPERSEDED:
            raise CommandError("A later menu arrived meanwhile; this one was given up.")
        raise CommandError(menu.reason or "A worker is busy with the file; it goes live soon.")


def _taken(menu: ReceivedMenu) -> ReceivedMenu:
    """Take the menu here, or wait for a worker that was faster."""
    until = time.monotonic() + 2 * settings.DSP.menu_limits.seconds
    while menu.verdict == Verdict.WAITING and time.monotonic() < until:
        claimed = queue.claim(menu.pk)
        if claimed is not None:
            worker.take(claimed)
        else:
            time.sleep(_POLL_SECONDS)
        menu.refresh_from_db()
    return menu


def _content(path: Path) -> bytes:
    most = settings.DSP.menu_limits.unpacked_bytes
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > most:
        raise CommandError(f"The file has more than {most // _MEGABYTE:,} MB.")
    return content
