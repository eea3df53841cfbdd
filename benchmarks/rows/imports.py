"""Time to import 30,000 families that share 300 groups and 3,000 modifiers."""

import json
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command

from benchmarks.results.measures import Goal, Kind, Round, Row, summarize
from catalog import models
from integration.models import Merchant
from tests.catalog.support import random_catalogs
from tests.support import factories

from .bench import Bench

_FAMILIES, _GROUPS, _MODIFIERS = 30_000, 300, 3_000
_PEER_PART = 30  # The peer imports a thirtieth; its time per object is constant.

_KIND = Kind(
    row="import_30000",
    unit="s",
    peer_name=f"update_or_create for each object and link of a {_PEER_PART}th, times {_PEER_PART}",
    goal=Goal("ours", below=120),
    more_is_better=False,
)


def import_30000(bench: Bench) -> Iterator[Row]:
    """Import into an empty catalog, once regardless of the rounds: the goal is far away."""
    whole = random_catalogs.make(_FAMILIES, seed=1, groups=_GROUPS, modifiers=_MODIFIERS)
    part = random_catalogs.make(
        _FAMILIES // _PEER_PART,
        seed=1,
        groups=_GROUPS // _PEER_PART,
        modifiers=_MODIFIERS // _PEER_PART,
    )
    yield summarize(_KIND, [Round(_ours_seconds(whole), _peer_seconds(part) * _PEER_PART)])


def _ours_seconds(catalog: dict[str, Any]) -> float:
    merchant = factories.merchant()
    factories.location(merchant)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.json"
        path.write_text(json.dumps(catalog))
        started = time.perf_counter()
        options = {"merchant": merchant.provider_id, "replace": True}
        call_command("import_catalog", str(path), stdout=StringIO(), **options)
        return time.perf_counter() - started


def _peer_seconds(catalog: dict[str, Any]) -> float:
    merchant = factories.merchant()
    started = time.perf_counter()
    modifiers = _objects(merchant, models.Modifier, catalog["modifier"], "price_amount")
    groups = _objects(merchant, models.ModifierGroup, catalog["modifier_group"])
    families = _objects(merchant, models.ItemFamily, catalog["item_family"], "price_amount")
    categories = _objects(merchant, models.Category, catalog["category"])
    for row in catalog["modifier_group"]:
        _link(models.GroupModifier, row["modifier_ids"], modifier=modifiers, group=groups[_id(row)])
    for row in catalog["item_family"]:
        group_ids = row["modifier_group_ids"]
        _link(models.FamilyModifierGroup, group_ids, group=groups, family=families[_id(row)])
    for row in catalog["category"]:
        family_ids = row["item_family_ids"]
        _link(models.CategoryFamily, family_ids, family=families, category=categories[_id(row)])
    return time.perf_counter() - started


def _objects(
    merchant: Merchant, model: Any, rows: list[dict[str, Any]], *fields: str
) -> dict[str, Any]:
    return {
        row["provider_id"]: model.objects.update_or_create(
            merchant=merchant,
            provider_id=row["provider_id"],
            defaults={"name": row["name"], **{name: row.get(name) for name in fields}},
        )[0]
        for row in rows
    }


def _id(row: dict[str, Any]) -> str:
    return str(row["provider_id"])


def _link(model: Any, ids: list[str], **ends: Any) -> None:
    """Link an owner to the objects named by `ids`, looked up in the other end's mapping."""
    (name, objects), (owner_name, owner) = ends.items()
    for position, provider_id in enumerate(ids):
        model.objects.update_or_create(
            **{owner_name: owner, name: objects[provider_id]}, defaults={"position": position}
        )
