"""Run every rule over a merchant's menu, and describe the findings for people."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.urls import reverse

from catalog import models
from catalog.menu import loader as menu_loader
from catalog.models import Location
from integration.db import database_time
from integration.models import Merchant

from . import choice_warnings, errors, image_warnings, link_warnings, object_warnings, text_warnings
from .context import Fault, MenuContext, Rule

ERROR, WARNING = "error", "warning"
WARNINGS = (
    *object_warnings.RULES,
    *text_warnings.RULES,
    *image_warnings.RULES,
    *link_warnings.RULES,
    *choice_warnings.RULES,
)
RULES_BY_SEVERITY = {ERROR: errors.RULES, WARNING: WARNINGS}
_ORDER = {rule.id: position for position, rule in enumerate([*errors.RULES, *WARNINGS])}
MODELS: dict[str, Any] = {
    model.kind: model
    for model in (
        models.Menu, models.Category, models.ItemFamily, models.Item,
        models.ModifierGroup, models.Modifier, models.Tax,
    )
} | {"location": Location}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One problem of one object.

    `severity` is `error` (the object is kept out of what Stream gets) or `warning` (nothing is
    kept out); `rule` is the rule's id; `sentence` states the problem, the place and the remedy;
    `admin_path` is the path of the admin page where it can be repaired.
    """

    severity: str
    rule: str
    kind: str
    provider_id: str
    name: str
    sentence: str
    admin_path: str

    @property
    def label(self) -> str:
        """The object's name, or its id when it has none."""
        return self.name.strip() or self.provider_id

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def check(
    merchant: Merchant,
    *,
    location: Location | None = None,
    among: Collection[int] | None = None,
) -> list[Finding]:
    """Return the findings in the merchant's menu, and at its locations that are not archived.

    They are in the order of the rules, errors first. `location` leaves out findings that apply
    only at other locations; so does `among`, the keys of the locations that the reader may see.
    The number of queries does not depend on the size of the menu.
    """
    locations = _locations(merchant, location, among)
    menu = menu_loader.read_menu(merchant)
    offers, _ = menu_loader.read_offers(locations, database_time.now())
    base = MenuContext(menu)
    faults = list(_faults(base))
    known = {(rule.id, fault.kind, fault.key) for _, rule, fault in faults}
    findings = [_finding(base, severity, rule, fault) for severity, rule, fault in faults]
    for live in locations:
        context = MenuContext(menu, offers[live.pk], live)
        findings += [
            _finding(context, severity, rule, fault)
            for severity, rule, fault in _faults(context)
            if (rule.id, fault.kind, fault.key) not in known
        ]
    return sorted(findings, key=lambda finding: _ORDER[finding.rule])


def _locations(
    merchant: Merchant, location: Location | None, among: Collection[int] | None
) -> list[Location]:
    live = Location.objects.filter(merchant=merchant, archived_at=None)
    if location is not None:
        live = live.filter(pk=location.pk)
    if among is not None:
        live = live.filter(pk__in=among)
    return list(live)


def _faults(context: MenuContext) -> Iterator[tuple[str, Rule, Fault]]:
    """Yield errors first, because warnings depend on what the errors keep out."""
    for rule, fault in errors.faults(context):
        yield ERROR, rule, fault
    for rule in WARNINGS:
        if rule.per_location or context.location is None:
            for fault in rule.find(context):
                yield WARNING, rule, fault


def _finding(context: MenuContext, severity: str, rule: Rule, fault: Fault) -> Finding:
    location = context.location
    is_everywhere = location is None or fault.kind == "location"
    provider_id, name = _id_and_name(context, fault)
    return Finding(
        severity=severity,
        rule=rule.id,
        kind=fault.kind,
        provider_id=provider_id,
        name=name,
        sentence=fault.sentence if is_everywhere else f"At {location}: {fault.sentence}",
        admin_path=_admin_path(fault),
    )


def _admin_path(fault: Fault) -> str:
    name = MODELS[fault.kind]._meta.model_name
    return reverse(f"admin:catalog_{name}_change", args=[fault.key])


def _id_and_name(context: MenuContext, fault: Fault) -> tuple[str, str]:
    if context.location is not None and fault.kind == "location":
        return context.location.provider_id, context.location.name
    row = context.menu.rows[fault.kind][fault.key]
    return row["provider_id"], row["name"]
