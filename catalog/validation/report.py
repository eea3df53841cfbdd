"""Runs every rule over a merchant's menu, and says for people what they found."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from catalog import models
from catalog.menu import loader as menu_loader
from catalog.models import Location
from integration.models import Merchant

from . import errors, image_warnings, link_warnings, object_warnings
from .context import Fault, Rule, Sight

ERROR, WARNING = "error", "warning"
WARNINGS = (*object_warnings.RULES, *image_warnings.RULES, *link_warnings.RULES)
TABLE = {ERROR: errors.RULES, WARNING: WARNINGS}
_ORDER = {rule.id: place for place, rule in enumerate([*errors.RULES, *WARNINGS])}
MODELS: dict[str, Any] = {
    model.kind: model
    for model in (
        models.Menu, models.Category, models.ItemFamily, models.Item,
        models.ModifierGroup, models.Modifier, models.Tax,
    )
} | {"location": Location}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing wrong with one object.

    `severity` is `error` (the object is kept out of what Stream gets) or `warning` (nothing is);
    `rule` is the rule's id; `sentence` says what is wrong, where, and what to do; `admin_path` is
    the address of the page where that is done.
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
        """What people call the object; its id when it has no name."""
        return self.name.strip() or self.provider_id

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def check(
    merchant: Merchant,
    *,
    location: Location | None = None,
    among: Collection[int] | None = None,
) -> list[Finding]:
    """What is found in the menu as such, and at the merchant's locations that are not archived.

    They come in the order of the table: errors first, each rule's together. `location` leaves out
    what holds at other locations only; so does `among`, the keys of the locations that the reader
    may see. The number of queries does not depend on the size of the menu.
    """
    places = _places(merchant, location, among)
    menu = menu_loader.read_menu(merchant)
    offers, _ = menu_loader.read_offers(places, timezone.now())
    found = list(_found(Sight(menu)))
    known = {(rule.id, fault.kind, fault.key) for _, rule, fault in found}
    findings = [_finding(Sight(menu), *one) for one in found]
    for place in places:
        here = Sight(menu, offers[place.pk], place)
        findings += [
            _finding(here, severity, rule, fault)
            for severity, rule, fault in _found(here)
            if (rule.id, fault.kind, fault.key) not in known
        ]
    return sorted(findings, key=lambda one: _ORDER[one.rule])


def _places(
    merchant: Merchant, location: Location | None, among: Collection[int] | None
) -> list[Location]:
    live = Location.objects.filter(merchant=merchant, archived_at=None)
    if location is not None:
        live = live.filter(pk=location.pk)
    if among is not None:
        live = live.filter(pk__in=among)
    return list(live)


def _found(sight: Sight) -> Iterator[tuple[str, Rule, Fault]]:
    """The errors first, for what they keep out is seen by the warnings."""
    for rule, fault in errors.faults(sight):
        yield ERROR, rule, fault
    for rule in WARNINGS:
        if rule.by_place or sight.location is None:
            for fault in rule.find(sight):
                yield WARNING, rule, fault


def _finding(sight: Sight, severity: str, rule: Rule, fault: Fault) -> Finding:
    place = sight.location
    is_plain = place is None or fault.kind == "location"
    provider_id, name = _called(sight, fault)
    return Finding(
        severity=severity,
        rule=rule.id,
        kind=fault.kind,
        provider_id=provider_id,
        name=name,
        sentence=fault.sentence if is_plain else f"At {place}: {fault.sentence}",
        admin_path=_page_of(fault),
    )


def _page_of(fault: Fault) -> str:
    name = MODELS[fault.kind]._meta.model_name
    return reverse(f"admin:catalog_{name}_change", args=[fault.key])


def _called(sight: Sight, fault: Fault) -> tuple[str, str]:
    if sight.location is not None and fault.kind == "location":
        return sight.location.provider_id, sight.location.name
    row = sight.menu.rows[fault.kind][fault.key]
    return row["provider_id"], row["name"]
