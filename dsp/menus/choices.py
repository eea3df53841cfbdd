"""Modifier groups of a v2 file, put together below their parents.

Groups may offer modifiers that have groups again. Where a group would repeat below itself it is
cut, so what a group holds depends on the groups above it. It is built once if nothing below it was
cut because of a group above it, and again otherwise; only menus with circles need that.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec import Struct

from . import fields as read
from . import parts
from .decoding import decode
from .fields import Fields
from .limits import BadMenuFile
from .report import Report
from .schema import Modifier, ModifierGroup, Rules

_NO_CUT = 10**9


class _FlatModifier(Struct, frozen=True):
    modifier: Modifier
    group_ids: tuple[str, ...]


class _FlatGroup(Struct, frozen=True):
    """A group with its rules: by parent, and under the empty id those for any other."""

    stream_id: str
    name: str
    modifier_ids: tuple[str, ...]
    rules: dict[str, Rules]


class _Built(NamedTuple):
    """A group; the least depth at which something below repeated, and its own levels."""

    group: ModifierGroup
    cut: int
    height: int


class Choices:
    """The modifiers and groups of one file."""

    def __init__(
        self, modifiers: list[msgspec.Raw], groups: list[msgspec.Raw], report: Report
    ) -> None:
        self._report = report
        self._modifiers: dict[str, _FlatModifier] = {
            flat.modifier.stream_id: flat
            for flat in report.read_all("modifier", _decoded(modifiers), _modifier)
        }
        self.modifier_ids = set(self._modifiers)
        self._groups: dict[str, _FlatGroup] = {
            flat.stream_id: flat
            for flat in report.read_all("modifier_group", _decoded(groups), self._group)
        }
        self._built: dict[tuple[str, str, bool], _Built] = {}
        self._path: list[str] = []

    def below_family(self, fields: Fields, report: Report) -> tuple[ModifierGroup, ...]:
        groups = []
        for group_id in read.ids(fields, "modifier_group_ids", "family", report):
            if group_id in self._groups:
                groups.append(self._below(group_id, str(fields["stream_id"])).group)
            else:
                read.unknown(fields, "modifier_group_ids", group_id, "family", report)
        return tuple(groups)

    def _group(self, fields: Fields, report: Report) -> _FlatGroup:
        stream_id, name = read.stream_id(fields), read.name(fields)
        read.required_list(fields, "modifier_ids")
        known = []
        for modifier_id in read.ids(fields, "modifier_ids", "modifier_group", report):
            if modifier_id in self._modifiers:
                known.append(modifier_id)
            else:
                read.unknown(fields, "modifier_ids", modifier_id, "modifier_group", report)
        rules = {"": parts.rules(fields, None, set(known), report)}
        for override in read.optional_list(fields, "overrides", "modifier_group", report):
            value = override if isinstance(override, dict) else {}
            parent_id, told = value.get("parent_id"), value.get("override_rules")
            if not isinstance(parent_id, str) or not parent_id or not isinstance(told, dict):
                read.ignore(fields, "overrides", "modifier_group", report)
            elif parent_id in rules:
                detail = f"overrides names it twice: {parent_id}."
                report.leave_out("modifier_group", stream_id, "duplicate", detail)
            else:
                rules[parent_id] = parts.rules(fields, told, set(known), report)
        report.count(len(known) + len(rules))
        return _FlatGroup(stream_id, name, tuple(known), rules)

    def _below(self, group_id: str, parent_id: str) -> _Built:
        """Build the group as it is below this parent and the groups of the path."""
        flat, depth = self._groups[group_id], len(self._path)
        parent_id = parent_id if parent_id in flat.rules else ""
        built = self._built.get((group_id, parent_id, False))
        if built is None and depth == 0:
            built = self._built.get((group_id, parent_id, True))
        if built is None:
            built = self._build(flat, parent_id)
            if built.cut > depth:
                built = built._replace(cut=_NO_CUT)
                self._built[group_id, parent_id, False] = built
            elif depth == 0:
                self._built[group_id, parent_id, True] = built
        most = self._report.limits.nested_groups
        if depth + built.height > most:
            raise BadMenuFile(f"More than {most} modifier groups lie below each other.")
        return built

    def _build(self, flat: _FlatGroup, parent_id: str) -> _Built:
        if len(self._path) >= self._report.limits.nested_groups:
            most = self._report.limits.nested_groups
            raise BadMenuFile(f"More than {most} modifier groups lie below each other.")
        self._path.append(flat.stream_id)
        modifiers, cut, height = [], _NO_CUT, 0
        for modifier_id in flat.modifier_ids:
            base = self._modifiers[modifier_id]
            groups: list[ModifierGroup] = []
            for built in self._nested(base):
                if isinstance(built, int):
                    cut = min(cut, built)
                else:
                    groups.append(built.group)
                    cut, height = min(cut, built.cut), max(height, built.height)
            modifiers.append(
                msgspec.structs.replace(base.modifier, groups=tuple(groups))
                if groups
                else base.modifier
            )
        self._path.pop()
        self._report.count(len(modifiers))
        rules = flat.rules[parent_id]
        return _Built(
            ModifierGroup(flat.stream_id, flat.name, rules, tuple(modifiers)), cut, height + 1
        )

    def _nested(self, base: _FlatModifier) -> "Iterable[_Built | int]":
        """Yield the groups below a modifier; for one that would repeat, the depth it has above."""
        for group_id in base.group_ids:
            modifier_id = base.modifier.stream_id
            if group_id in self._path:
                self._leave_out(modifier_id, group_id, "cycle", "is above it already")
                yield self._path.index(group_id)
            elif group_id in self._groups:
                yield self._below(group_id, modifier_id)
            else:
                self._leave_out(modifier_id, group_id, "unknown_reference", "is not in the file")

    def _leave_out(self, modifier_id: str, group_id: str, reason: str, why: str) -> None:
        detail = f"nested_modifier_group_ids: {group_id} {why}."
        self._report.leave_out("modifier", modifier_id, reason, detail)


def _modifier(fields: Fields, report: Report) -> _FlatModifier:
    modifier = parts.modifier(fields, report)
    group_ids = read.ids(fields, "nested_modifier_group_ids", "modifier", report)
    return _FlatModifier(modifier, group_ids)


def _decoded(raw: list[msgspec.Raw]) -> "Iterable[object]":
    return map(decode, raw)
