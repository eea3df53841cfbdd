"""A plan for people: what is added, changed, removed and switched off."""

from collections.abc import Sequence
from typing import Any

from catalog.validation import Finding

from .diff import Plan, Written

_SHOWN = 50


def summary(plan: Plan) -> str:
    """One sentence with the counts."""
    if plan.is_empty():
        return "The catalog is the same already: nothing changes."
    return (
        f"Added: {len(plan.added)}, changed: {len(plan.changed)},"
        f" removed (archived): {len(plan.removed)}, switched off: {len(plan.switched_off)}."
    )


def details(plan: Plan) -> str:
    """The objects by heading, the first of each; a line for each object."""
    sections = [
        ("Added", [_named(one) for one in plan.added]),
        ("Changed", [f"{_named(one)}: {_changes(one)}" for one in plan.changed]),
        ("Removed (archived)", [f"{kind} {key} ({name})" for kind, key, name in plan.removed]),
        ("Switched off", [_named(one) for one in plan.switched_off]),
    ]
    return "\n".join(_section(title, lines) for title, lines in sections if lines)


def kept_out(findings: Sequence[Finding]) -> list[str]:
    """The menu check's errors about the catalog as it is now, a line for each of the first."""
    errors = [one for one in findings if one.severity == "error"]
    if not errors:
        return []
    lines = [f"{one.kind} {one.provider_id} ({one.label}): {one.sentence}" for one in errors]
    return [_section("Stream does not get all of the menu", lines)]


def _section(title: str, lines: Sequence[str]) -> str:
    shown = [f"  {line}" for line in lines[:_SHOWN]]
    if len(lines) > _SHOWN:
        shown.append(f"  and {len(lines) - _SHOWN} more")
    return "\n".join([f"{title}: {len(lines)}", *shown])


def _named(one: Written) -> str:
    return f"{one.kind} {one.provider_id} ({one.fields['name']})"


def _changes(one: Written) -> str:
    fields = [f"{name} {_shown(old)} > {_shown(new)}" for name, old, new in one.changes()]
    return ", ".join([*fields, *one.parts])


def _shown(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
