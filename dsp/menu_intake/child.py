"""Work of the bounded process: a file's bytes to everything that is stored of its menu.

It loads neither Django's models nor settings, so it starts fast and has nothing to lose.
"""

import zlib
from typing import Any

import msgspec

from dsp.menus.limits import BadMenuFile, Limits
from dsp.menus.reader import Reading, read_menu_file
from dsp.menus.schema import ModifierGroup, PublishedMenu
from dsp.stored_menus import compiled

from . import differences, guest_body, object_ids

_GZIP = b"\x1f\x8b"
_AS_GZIP = zlib.MAX_WBITS | 16
_PIECE_BYTES = 2**14  # Of a hostile file, a thousand times as much unpacked.
_TOO_LARGE = "Unpacked, the file has more than {:,} MB."
_MEGABYTE = 2**20


class Task(msgspec.Struct, frozen=True):
    """A file to read: as it was sent, with the live menu before it (compressed, or nothing)."""

    file: bytes
    live: bytes
    number: int
    limits: tuple[int, int, int]  # Bytes, levels and objects.


class Built(msgspec.Struct, frozen=True):
    """A file that was read; `refusal` is the sentence for one that was not, and the rest empty."""

    refusal: str = ""
    version: int = 0
    currency: str = ""
    prep_time_minutes: int = 0
    counts: dict[str, int] = {}
    left_out: list[list[str]] = []
    left_out_count: int = 0
    changes: list[dict[str, Any]] = []
    compiled: bytes = b""  # Compressed.
    guest_gzip: bytes = b""
    object_ids: bytes = b""


def read(content: bytes) -> bytes:
    """Do a Task and return a Built, both encoded."""
    task = msgspec.msgpack.decode(content, type=Task)
    try:
        built = _built(task)
    except BadMenuFile as error:
        built = Built(refusal=str(error))
    return msgspec.msgpack.encode(built)


def _built(task: Task) -> Built:
    reading = _reading(task)
    menu = reading.menu
    return Built(
        version=menu.version,
        currency=menu.currency,
        prep_time_minutes=menu.prep_time_minutes,
        counts=_counts(menu),
        left_out=[[one.kind, one.stream_id, one.reason, one.detail] for one in reading.left_out],
        left_out_count=reading.left_out_count,
        compiled=zlib.compress(compiled.pack(menu), 1),
        guest_gzip=guest_body.compressed(guest_body.pieces(menu, task.number)),
        object_ids=object_ids.of_menu(menu),
        changes=_changes(task, menu),
    )


def _reading(task: Task) -> Reading:
    most_bytes, levels, objects = task.limits
    content = task.file
    if content.startswith(_GZIP):
        content = _unpacked(content, most_bytes)
    return read_menu_file(content, Limits(content_bytes=most_bytes, levels=levels, objects=objects))


def _unpacked(packed: bytes, most_bytes: int) -> bytes:
    inflate = zlib.decompressobj(_AS_GZIP)
    content = bytearray()
    try:
        for start in range(0, len(packed), _PIECE_BYTES):
            content += inflate.decompress(packed[start : start + _PIECE_BYTES])
            if len(content) > most_bytes:
                raise BadMenuFile(_TOO_LARGE.format(most_bytes // _MEGABYTE))
    except zlib.error as error:
        raise BadMenuFile("The file is not valid gzip.") from error
    if not inflate.eof:
        raise BadMenuFile("The compressed file ends too early.")
    return bytes(content)


def _changes(task: Task, menu: PublishedMenu) -> list[dict[str, Any]]:
    if not task.live:
        return []
    return differences.between(compiled.unpack(zlib.decompress(task.live)), menu)


def _counts(menu: PublishedMenu) -> dict[str, int]:
    """Count different objects by their ids."""
    families = {
        family.stream_id: family
        for one in menu.menus
        for category in one.categories
        for family in category.families
    }
    modifiers: set[str] = set()
    seen: set[int] = set()
    for family in families.values():
        _add_modifiers(family.groups, modifiers, seen)
    variations = {one.stream_id for family in families.values() for one in family.variations}
    return {
        "menus": len(menu.menus),
        "families": len(families),
        "variations": len(variations),
        "modifiers": len(modifiers),
    }


def _add_modifiers(groups: tuple[ModifierGroup, ...], found: set[str], seen: set[int]) -> None:
    for group in groups:
        if id(group) not in seen:
            seen.add(id(group))
            found.update(one.stream_id for one in group.modifiers)
            for one in group.modifiers:
                _add_modifiers(one.groups, found, seen)
