"""Describe a plan as text: what is added, changed, removed and switched off."""

from collections.abc import Sequence
from typing import Any

from catalog.validation import Finding

from .diff import Plan, PlannedObject

_SHOWN = 50
_NAMING = 5


def summary(plan: Plan) -> str:
    """Return one sentence with the counts."""
    if plan.is_empty():
        return "The catalog is already up to date: nothing changes."
    return (
        f"Added: {len(plan.added)}, changed: {len(plan.changed)},"
        f" removed (archived): {len(plan.removed)}, switched off: {len(plan.switched_off)}."
    )


def details(plan: Plan) -> str:
    """Return the first objects under each heading, one per line."""
    sections = [
        ("Added", [_label(planned) for planned in plan.added]),
        ("Changed", [f"{_label(planned)}: {_changes(planned)}" for planned in plan.changed]),
        ("Removed (archived)", [_removed(plan, *removed) for removed in plan.removed]),
        ("Switched off", [_label(planned) for planned in plan.switched_off]),
    ]
    return "\n".join(_section(title, lines) for title, lines in sections if lines)


def left_out(findings: Sequence[Finding]) -> list[str]:
    """Return a section with the first of the menu check's errors; empty without errors."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return []
    lines = [
        f"{finding.kind} {finding.provider_id} ({finding.label}): {finding.sentence}"
        for finding in errors
    ]
    return [_section("Left out of the menu that Stream gets", lines)]


def _section(title: str, lines: Sequence[str]) -> str:
    shown = [f"  {line}" for line in lines[:_SHOWN]]
    if len(lines) > _SHOWN:
        shown.append(f"  and {len(lines) - _SHOWN} more")
    return "\n".join([f"{title}: {len(lines)}", *shown])


def _removed(plan: Plan, kind: str, provider_id: str, name: str) -> str:
    """Return the object, and the first of what stays and named it."""
    naming = [" ".join(by) for by in plan.named_by.get((kind, provider_id), ())]
    by = f", named by {', '.join(naming[:_NAMING])}" if naming else ""
    more = f" and {len(naming) - _NAMING} more" if len(naming) > _NAMING else ""
    return f"{kind} {provider_id} ({name}){by}{more}"


def _label(planned: PlannedObject) -> str:
    return f"{planned.kind} {planned.provider_id} ({planned.fields['name']})"


def _changes(planned: PlannedObject) -> str:
    fields = [f"{name} {_short(old)} > {_short(new)}" for name, old, new in planned.changes()]
    return ", ".join([*fields, *planned.parts])


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
