"""Checksums of the objects of a menu, to tell a known id in a time that no menu's size changes.

Each is eight bytes of the object's kind and id; a menu keeps them sorted, in one row of bytes.
"""

from collections.abc import Iterable
from hashlib import blake2b

from dsp.menus.schema import ModifierGroup, PublishedMenu

_BYTES = 8


def of_menu(menu: PublishedMenu) -> bytes:
    """Return the sorted checksums of the menu's items, variations and modifiers."""
    found: set[bytes] = set()
    seen: set[int] = set()
    for one in menu.menus:
        for category in one.categories:
            for family in category.families:
                found.add(checksum("items", family.stream_id))
                found.update(checksum("variations", one.stream_id) for one in family.variations)
                _add_modifiers(family.groups, found, seen)
    return b"".join(sorted(found))


def _add_modifiers(groups: Iterable[ModifierGroup], found: set[bytes], seen: set[int]) -> None:
    for group in groups:
        if id(group) in seen:  # Shared by many families.
            continue
        seen.add(id(group))
        for modifier in group.modifiers:
            found.add(checksum("modifiers", modifier.stream_id))
            _add_modifiers(modifier.groups, found, seen)


def checksum(kind: str, stream_id: str) -> bytes:
    return blake2b(f"{kind}\0{stream_id}".encode(), digest_size=_BYTES).digest()


def has(checksums: bytes, kind: str, stream_id: str) -> bool:
    """Return True if the sorted checksums have the object."""
    wanted = checksum(kind, stream_id)
    low, high = 0, len(checksums) // _BYTES
    while low < high:
        middle = (low + high) // 2
        if checksums[middle * _BYTES : (middle + 1) * _BYTES] < wanted:
            low = middle + 1
        else:
            high = middle
    return checksums[low * _BYTES : (low + 1) * _BYTES] == wanted
