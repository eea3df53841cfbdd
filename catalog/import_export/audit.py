"""Notes in the history what an import has done, object by object."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from catalog import history
from integration.models import Merchant

from .diff import MODELS, Plan, Written
from .normalized import PARTS, Values

_TYPES = {"price_amount": "money", "schedule": "week"}
_MOST_NAMED = 20  # Of a list: an import may exchange thousands of links of one object.


def note(merchant: Merchant, plan: Plan) -> None:
    """In the import's own transaction, after the plan was written."""
    history.note_objects(merchant.pk, _changes(plan))


def _changes(plan: Plan) -> Iterator[history.Noted]:
    for one in plan.written:
        key = plan.keys[one.kind][one.provider_id].pk
        name = str(one.fields["name"])
        if one.before is None:
            yield history.Noted("added", one.kind, key, name, [])
        else:
            yield history.Noted("changed", one.kind, key, name, [*_fields(one), *_parts(one)])
    for kind, provider_id, name in plan.removed:
        yield history.Noted("removed", kind, plan.keys[kind][provider_id].pk, name, [])


def _fields(one: Written) -> Iterator[list[Any]]:
    for name, before, after in one.changes():
        label = str(MODELS[one.kind]._meta.get_field(name).verbose_name)
        yield [label, _TYPES.get(name, ""), _plain(before), _plain(after)]


def _plain(value: Any) -> Any:
    return str(value.normalize()) if isinstance(value, Decimal) else value


def _parts(one: Written) -> Iterator[list[Any]]:
    """Of a list, what went and what came; nothing of either: only its order is another."""
    for part, (before, after) in one.parts.items():
        gone = [value for value in before if value not in after]
        came = [value for value in after if value not in before]
        if gone or came:
            yield [_label(part), "", _named(gone), _named(came)]
        else:
            yield [_label(part), "", "another order", "this order"]


def _label(part: str) -> str:
    rows = PARTS.get(part)
    return str(rows.model._meta.verbose_name_plural) if rows else part.replace("_", " ")


def _named(values: list[Values]) -> str:
    names = [" × ".join(str(part) for part in value if part != 0) for value in values]
    rest = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + rest
