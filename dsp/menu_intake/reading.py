"""A file read in a process with limits, for the store as it is now."""

import zlib
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db.models import Max

from dsp.menus.limits import BadMenuFile
from dsp.models import MenuContent, ReceivedMenu, Store
from integration.bounded import process
from integration.bounded.process import Ended, OutOfBounds
from integration.bounded.turns import Turns

from .child import Built, Task

_MEMORY_MB = 500
_turns = Turns(1, wait_seconds=3600)  # In one worker: they take a processor each.


class Base(NamedTuple):
    """The store's state that a reading refers to: the live menu, and the number that is free."""

    live_menu_id: int | None
    number: int


def base_of(store_id: int) -> Base:
    live_menu_id = Store.objects.values_list("live_menu", flat=True).get(pk=store_id)
    newest = ReceivedMenu.objects.filter(store=store_id).aggregate(number=Max("number"))
    return Base(live_menu_id, (newest["number"] or 0) + 1)


def read(packed_file: bytes, base: Base) -> Built:
    """Read a file that is compressed with gzip.

    Raises BadMenuFile, and process.Ended if it may be read the next time.
    """
    limits = settings.DSP.menu_limits
    task = Task(
        file=packed_file,
        live=compiled_of(base.live_menu_id),
        number=base.number,
        limits=(limits.unpacked_bytes, limits.levels, limits.objects),
    )
    with _turns.take():
        answer = _answer(msgspec.msgpack.encode(task), limits.seconds)
    built = msgspec.msgpack.decode(answer, type=Built)
    if built.refusal:
        raise BadMenuFile(built.refusal)
    return built


def _answer(task: bytes, seconds: int) -> bytes:
    bounds = process.Limits(memory_mb=_MEMORY_MB, seconds=seconds)
    try:
        return process.run("dsp.menu_intake.child:read", content=task, limits=bounds)
    except Ended:
        raise
    except OutOfBounds as error:
        raise BadMenuFile(str(error)) from error


def compiled_of(menu_id: int | None) -> bytes:
    """Return a stored menu, compressed; nothing for no menu."""
    if menu_id is None:
        return b""
    compiled = MenuContent.objects.filter(pk=menu_id).values_list("compiled", flat=True).first()
    return zlib.compress(compiled, 1) if compiled else b""
