"""Read the fields of an API request; an invalid one is answered with 400 and a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.errors import SandboxError

from .findings import is_whole, shown

MAX_TEXT = 4096


class Inputs:
    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._fields.get(name)

    def text(self, name: str, default: str = "") -> str:
        value = self._fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise SandboxError(f"{name} must be a string, but is {shown(value)}.")
        if not _is_encodable(value):
            raise SandboxError(f"{name} has a character that cannot be sent.")
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SandboxError(f"{name} is missing.")
        return value

    def identifier(self, name: str) -> str:
        """Return an id that can be sent in a header."""
        value = self.text(name)
        if not value.isprintable() or not _is_latin1(value):
            raise SandboxError(f"{name} has a character that cannot be sent in a header.")
        return value

    def required_identifier(self, name: str) -> str:
        self.required(name)
        return self.identifier(name)

    def optional(self, name: str) -> str | None:
        return self.text(name) or None

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self._fields.get(name)
        if value is None:
            return default
        if not is_whole(value) or not low <= value <= high:
            raise SandboxError(
                f"{name} must be a whole number from {low} to {high}, but is {shown(value)}."
            )
        return int(value)

    def seconds(self, name: str, *, high: float) -> float:
        value = self._fields.get(name, 0)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= high:
            raise SandboxError(f"{name} must be a number from 0 to {high:g}.")
        return float(value)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise SandboxError(f"{name} must be one of {', '.join(choices)}, not {shown(value)}.")
        return value

    def flag(self, name: str) -> bool:
        value = self._fields.get(name, False)
        if not isinstance(value, bool):
            raise SandboxError(f"{name} must be true or false, but is {shown(value)}.")
        return value


def _is_encodable(value: str) -> bool:
    """Check for lone surrogates, which JSON allows but UTF-8 cannot encode."""
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in value)


def _is_latin1(value: str) -> bool:
    return all(ord(character) < 256 for character in value)
