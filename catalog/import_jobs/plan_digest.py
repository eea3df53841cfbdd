"""Summarize a plan for people, and fingerprint it to detect changes."""

import hashlib
from collections import Counter
from typing import Any

import orjson

from catalog.import_export.diff import Plan, PlannedObject
from catalog.import_export.parts import Values
from catalog.spreadsheets.layout import SHEETS, counted
from catalog.validation import Finding
from integration import currency as currencies

SHOWN = 100  # Objects per section.
NAMING = 10  # Objects that named a removed one.
_WORDS = {sheet.array: sheet.word for sheet in SHEETS}
# Fields and parts by the headings of the sheets; the other names are clear as they are.
_FIELDS = {
    **{column.path[-1]: column.heading for sheet in SHEETS for column in sheet.columns},
    "minimum_unique_modifiers": "at least",
    "maximum_unique_modifiers": "at most",
    "free_modifiers": "free",
    "default_item": "default item",
    "nested modifier_group_ids": "modifier groups",
    "modifier_ids": "modifiers and default quantities",
}


def report(plan: Plan, currency: str) -> dict[str, Any]:
    """Return sections with their counts and first objects, as JSON."""
    sections = {
        "added": [_planned(planned) for planned in plan.added],
        "changed": [
            _planned(planned) | {"changes": _changes(planned, currency)} for planned in plan.changed
        ],
        "removed": [
            _object(*removed) | {"named": _naming(plan, removed)} for removed in plan.removed
        ],
        "switched_off": [_planned(planned) for planned in plan.switched_off],
    }
    return {
        name: {"count": len(objects), "shown": objects[:SHOWN], "kinds": _kinds(objects)}
        for name, objects in sections.items()
    }


def _kinds(objects: list[dict[str, Any]]) -> list[str]:
    """Return how many objects there are of each kind: `3 item families`."""
    counts = Counter(shown["kind"] for shown in objects)
    return [counted(counts[sheet.word], sheet) for sheet in SHEETS if counts[sheet.word]]


def removed_kinds(plan: Plan) -> list[str]:
    """Return how many objects of each kind the plan removes."""
    return _kinds([_object(*removed) for removed in plan.removed])


def broken(findings: list[Finding]) -> dict[str, Any]:
    """Return the menu check's errors as a section like those of the plan."""
    errors = [finding for finding in findings if finding.severity == "error"]
    shown = [
        _object(error.kind, error.provider_id, error.label) | {"sentence": error.sentence}
        for error in errors[:SHOWN]
    ]
    return {"count": len(errors), "shown": shown}


def fingerprint(plan: Plan) -> str:
    """Return a hash that is equal for plans that show and write the same."""
    written = [
        (planned.kind, planned.provider_id, planned.before, planned.fields, planned.parts)
        for planned in plan.written
    ]
    content = orjson.dumps(
        [written, plan.removed, plan.parts, plan.stock], default=str, option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(content).hexdigest()


def _naming(plan: Plan, removed: tuple[str, str, str]) -> list[list[Any]]:
    """Return the first of what stays and named a removed object: word, ID, model and key."""
    return [
        [_WORDS[kind], provider_id, kind.replace("_", ""), plan.keys[kind][provider_id].pk]
        for kind, provider_id in plan.named_by.get(removed[:2], ())[:NAMING]
    ]


def _planned(planned: PlannedObject) -> dict[str, Any]:
    return _object(planned.kind, planned.provider_id, planned.fields["name"])


def _object(kind: str, provider_id: str, name: str) -> dict[str, Any]:
    return {"kind": _WORDS.get(kind, kind), "id": provider_id, "name": name, "changes": []}


def _changes(planned: PlannedObject, currency: str) -> list[list[str]]:
    """Return field, before, after; for a list, what it loses and what it gains."""
    fields = [
        [_FIELDS.get(name, name), _text(name, old, currency), _text(name, new, currency)]
        for name, old, new in planned.changes()
    ]
    lists = [
        [
            _FIELDS.get(part, part),
            _short(
                ", ".join(_element(part, value, currency) for value in before if value not in after)
            ),
            _short(
                ", ".join(_element(part, value, currency) for value in after if value not in before)
            ),
        ]
        for part, (before, after) in planned.parts.items()
    ]
    return [*fields, *lists]


def _element(part: str, value: Values, currency: str) -> str:
    """Return a list's element as text: an id, or an id with its price or quantity."""
    if "price" in part or part == "modifier_overrides":
        return f"{value[0]} {currencies.as_text(value[1], currency)}"
    return " × ".join(str(part) for part in value if part != 0)


def _text(name: str, value: Any, currency: str) -> str:
    if value is None or value in ("", []):
        return "nothing"
    if name == "price_amount":
        return currencies.as_text(value, currency)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if isinstance(value, dict):
        value = "; ".join(f"{day} {', '.join(windows)}" for day, windows in value.items())
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:199]}…"
