"""A worker takes a menu: fetches its file, has it read, and makes it live.

Nothing is held in the database meanwhile but a lease. A worker may die at any point: the row then
falls to another.
"""

import gzip
import logging
import threading

from django.db import connection

from dsp.menus.limits import BadMenuFile
from dsp.models import MenuContent, ReceivedMenu
from integration.bounded.process import Ended
from integration.db import outages, time_limits

from . import download, installing, queue, reading, sealing
from .addresses import BadAddress
from .download import Abandoned, Unavailable
from .lease_keeper import LeaseKeeper

log = logging.getLogger(__name__)

Verdict = ReceivedMenu.Verdict
_AT_ONCE = 4  # In one worker; most of the time they wait for a server.
_NOT_THERE = (403, 404)
_OTHER_KEY = "SECRET_KEY was changed while it waited. Publish the menu again in Stream."
_places = threading.BoundedSemaphore(_AT_ONCE)


def take_due() -> int:
    """Begin to take the menus that are due, as many as there is room for; return their number."""
    begun = 0
    while _places.acquire(blocking=False):
        menu = None
        try:
            menu = queue.claim()
        finally:
            if menu is None:
                _places.release()
        if menu is None:
            break
        threading.Thread(target=_run, args=(menu,), name="menu", daemon=True).start()
        begun += 1
    return begun


def _run(menu: ReceivedMenu | None) -> None:
    """Take the menu, and then what else is due by then."""
    try:
        time_limits.limit_thread("tasks")
        while menu is not None:
            take(menu)
            menu = queue.claim()
    except Exception as error:
        # The lease ends by itself, and the menu is taken again.
        if outages.is_outage(error):
            outages.report(error)
        else:
            log.exception("A published menu could not be taken.")
    finally:
        connection.close()
        _places.release()


def take(menu: ReceivedMenu) -> None:
    """Take a menu that is claimed, and record what becomes of it."""
    if menu.attempt_count > queue.MOST_TRIES:
        queue.give_up(menu, Verdict.UNREACHABLE, "It was tried five times and never finished.")
        return
    with LeaseKeeper(menu) as lease:
        try:
            packed_file = _file(menu, lease)
            if packed_file is not None:
                _take_file(menu, packed_file)
        except BadMenuFile as error:
            queue.give_up(menu, Verdict.REFUSED, str(error))
        except BadAddress as error:
            queue.give_up(menu, Verdict.UNREACHABLE, str(error))
        except (Unavailable, Ended) as error:
            _try_later(menu, error)
        except installing.Outdated:
            queue.begin_again(menu)
        except Abandoned:
            log.info("Menu %s was given up for a later one.", menu.pk)


def _file(menu: ReceivedMenu, lease: LeaseKeeper) -> bytes | None:
    """Return the file compressed: one that we have, or what the address gives."""
    if menu.sealed_address is None:
        stored = MenuContent.objects.filter(menu=menu).values_list("file", flat=True).first()
        if stored is None:
            raise BadAddress("It has no file.")
        return bytes(stored)
    address = sealing.unseal(bytes(menu.sealed_address))
    if address is None:
        raise BadAddress(_OTHER_KEY)
    file = download.fetch(address, is_wanted=lambda: not lease.is_lost())
    return file if file.startswith(b"\x1f\x8b") else gzip.compress(file, 1, mtime=0)


def _take_file(menu: ReceivedMenu, packed_file: bytes) -> None:
    base = reading.base_of(menu.store_id)
    built = reading.read(packed_file, base)
    if not queue.held(menu).exists():
        raise Abandoned
    installing.store_content(menu, packed_file, built)
    if not installing.install(menu, built, base):
        MenuContent.objects.filter(menu=menu).exclude(menu__verdict=Verdict.WAITING).delete()
        raise Abandoned


def _try_later(menu: ReceivedMenu, error: Unavailable | Ended) -> None:
    tries = menu.attempt_count
    is_not_there = isinstance(error, Unavailable) and error.status in _NOT_THERE
    if tries >= queue.MOST_TRIES or (is_not_there and tries >= 2):
        queue.give_up(menu, Verdict.UNREACHABLE, f"{error} It was tried {tries} times.")
    else:
        queue.put_off(menu, str(error), queue.RETRY_SECONDS[tries - 1])
