"""Record in the change history what an import did, object by object."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from catalog import history
from integration.models import Merchant

from .diff import MODELS, Plan, PlannedObject
from .parts import PARTS, Values

_TYPES = {"price_amount": "money", "schedule": "week"}
_MAX_NAMED = 20  # Per list: an import may replace thousands of links of one object.


def record(merchant: Merchant, plan: Plan) -> None:
    """Record the plan's changes, in the import's transaction and after the plan was written."""
    history.record_objects(merchant.pk, _changes(plan))


def _changes(plan: Plan) -> Iterator[history.ObjectEntry]:
    for planned in plan.written:
        key = plan.keys[planned.kind][planned.provider_id].pk
        name = str(planned.fields["name"])
        if planned.before is None:
            yield history.ObjectEntry("added", planned.kind, key, name, [])
        else:
            changes = [*_fields(planned), *_parts(planned)]
            yield history.ObjectEntry("changed", planned.kind, key, name, changes)
    for kind, provider_id, name in plan.removed:
        yield history.ObjectEntry("removed", kind, plan.keys[kind][provider_id].pk, name, [])


def _fields(planned: PlannedObject) -> Iterator[list[Any]]:
    for name, before, after in planned.changes():
        label = str(MODELS[planned.kind]._meta.get_field(name).verbose_name)
        yield [label, _TYPES.get(name, ""), _plain(before), _plain(after)]


def _plain(value: Any) -> Any:
    return str(value.normalize()) if isinstance(value, Decimal) else value


def _parts(planned: PlannedObject) -> Iterator[list[Any]]:
    """Yield what each list lost and gained; when neither, only its order changed."""
    for part, (before, after) in planned.parts.items():
        lost = [value for value in before if value not in after]
        gained = [value for value in after if value not in before]
        if lost or gained:
            yield [_label(part), "", _join(lost), _join(gained)]
        else:
            yield [_label(part), "", "another order", "this order"]


def _label(part: str) -> str:
    rows = PARTS.get(part)
    return str(rows.model._meta.verbose_name_plural) if rows else part.replace("_", " ")


def _join(values: list[Values]) -> str:
    names = [" × ".join(str(part) for part in value if part != 0) for value in values]
    rest = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(names[:_MAX_NAMED]) + rest
