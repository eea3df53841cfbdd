"""Limits of a menu file, and the check of its levels before anything is built."""

import re

from msgspec import Struct


class BadMenuFile(Exception):
    """The file as a whole is no menu; the message is one sentence for staff."""


class Limits(Struct, frozen=True):
    """The most that a file may have."""

    content_bytes: int = 128 * 2**20
    commas: int = 8_000_000  # They bound the values, and with them the memory of decoding.
    levels: int = 64
    objects: int = 200_000  # Different ones: repeated copies that are equal count once.
    references: int = 2_000_000  # Places that hold or name an object.

    @property
    def nested_groups(self) -> int:
        """Return the number of groups below each other that the levels of a v1 file allow."""
        return max(1, (self.levels - 8) // 4)


# The next bracket outside strings, or nothing at the end. It matches everywhere and gives nothing
# back, so that a string of any length, even one without an end, is passed once.
_BRACKET = re.compile(
    rb"""[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)[^"\[\]{}]*+)*+([\[\]{}]?)""", re.S
)


def check_size(content: bytes, limits: Limits) -> None:
    """Raise BadMenuFile for too many bytes, values or levels."""
    if len(content) > limits.content_bytes:
        raise BadMenuFile(f"The file has more than {limits.content_bytes:,} bytes.")
    if content.count(b",") > limits.commas:
        raise BadMenuFile(f"The file has more than {limits.commas:,} values.")
    level = 0
    for match in _BRACKET.finditer(content):
        if match[1] in (b"[", b"{"):
            level += 1
            if level > limits.levels:
                raise BadMenuFile(f"The file has more than {limits.levels} levels.")
        else:
            level -= 1
