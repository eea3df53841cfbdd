"""A plan for people, and what tells it from another one."""

import hashlib
from typing import Any

import orjson

from catalog.import_export.diff import Plan, Written
from catalog.import_export.normalized import Values
from catalog.spreadsheets.layout import SHEETS
from catalog.validation import Finding
from integration import currency as currencies

SHOWN = 100  # Objects of a section.
_WORDS = {sheet.array: sheet.word for sheet in SHEETS}
# Fields and parts as the sheets call them; the others explain themselves.
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
    """As JSON: sections with their counts and the first objects of each."""
    sections = {
        "added": [_object(one.kind, one.provider_id, one.fields["name"]) for one in plan.added],
        "changed": [
            _object(one.kind, one.provider_id, one.fields["name"], _changes(one, currency))
            for one in plan.changed
        ],
        "removed": [_object(*one) for one in plan.removed],
        "switched_off": [
            _object(one.kind, one.provider_id, one.fields["name"]) for one in plan.switched_off
        ],
    }
    return {
        name: {"count": len(objects), "shown": objects[:SHOWN]}
        for name, objects in sections.items()
    }


def broken(findings: list[Finding]) -> dict[str, Any]:
    """The menu check's errors, as a section like those of the plan."""
    errors = [one for one in findings if one.severity == "error"]
    shown = [
        _object(one.kind, one.provider_id, one.label) | {"sentence": one.sentence}
        for one in errors[:SHOWN]
    ]
    return {"count": len(errors), "shown": shown}


def fingerprint(plan: Plan) -> str:
    """The same for two plans that show the same and write the same."""
    written = [
        (one.kind, one.provider_id, one.before, one.fields, one.parts) for one in plan.written
    ]
    content = orjson.dumps(
        [written, plan.removed, plan.parts, plan.stock], default=str, option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(content).hexdigest()


def _object(
    kind: str, provider_id: str, name: str, changes: list[list[str]] | None = None
) -> dict[str, Any]:
    return {
        "kind": _WORDS.get(kind, kind), "id": provider_id, "name": name, "changes": changes or [],
    }  # fmt: skip


def _changes(one: Written, currency: str) -> list[list[str]]:
    """Field, before, after; of a list, what goes and what comes."""
    fields = [
        [_FIELDS.get(name, name), _shown(name, old, currency), _shown(name, new, currency)]
        for name, old, new in one.changes()
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
        for part, (before, after) in one.parts.items()
    ]
    return [*fields, *lists]


def _element(part: str, value: Values, currency: str) -> str:
    """One of a list: an id, or an id with its price or quantity."""
    if "price" in part or part == "modifier_overrides":
        return f"{value[0]} {currencies.as_text(value[1], currency)}"
    return " × ".join(str(one) for one in value if one != 0)


def _shown(name: str, value: Any, currency: str) -> str:
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
