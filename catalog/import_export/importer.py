"""The entrance of an import: read, check, compare, and write all of it or nothing."""

from collections.abc import Callable

import msgspec
import orjson
from django.db import transaction

from catalog.menu import loader as menu_loader
from catalog.menu.loader import MenuData, Offers
from integration import wakeups
from integration.models import Merchant

from . import (
    audit,
    exporter,
    normalized,
)
from . import (
    diff as catalog_diff,
)
from . import (
    parser as catalog_parser,
)
from . import (
    validation as import_validation,
)
from .diff import Plan
from .parser import BadCatalog
from .schema import ARRAYS, Catalog
from .writer import Applier, Progress

# Told the plan, in the transaction that writes it; what it raises undoes all of it.
Step = Callable[[Plan], None]


def import_catalog(
    merchant: Merchant,
    content: bytes,
    *,
    merge: bool,
    progress: Progress = lambda done, of: None,
    before: Step = lambda plan: None,
    after: Step = lambda plan: None,
) -> Plan:
    """Makes the merchant's catalog what the file says, at all locations; returns what it did.

    With `merge` what is not in the file stays as it is. `before` and `after` are told the plan
    around its writing. Raises BadCatalog, and changes nothing.
    """
    catalog = _read(merchant, content, merge=merge)
    with transaction.atomic():
        # Two imports for one merchant come one after the other.
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        plan = _plan(merchant, catalog, merge=merge)
        before(plan)
        if not plan.is_empty():
            Applier(merchant, plan, progress).apply()
            audit.note(merchant, plan)
            wakeups.on_commit("catalog.tasks.refresh", merchant.pk)
        after(plan)
    return plan


def plan_import(merchant: Merchant, content: bytes, *, merge: bool) -> Plan:
    """What an import would do, without doing it. Raises BadCatalog."""
    return _plan(merchant, _read(merchant, content, merge=merge), merge=merge)


def _read(merchant: Merchant, content: bytes, *, merge: bool) -> Catalog:
    """Before the transaction, so that nobody waits for it."""
    catalog = catalog_parser.read(content, merge=merge)
    if not merge:
        import_validation.check(catalog, merchant.currency.lower())
    return catalog


def _plan(merchant: Merchant, catalog: Catalog, *, merge: bool) -> Plan:
    menu = menu_loader.read_menu(merchant)
    offers = exporter.offers_of(merchant)
    catalog_diff.check_ids(catalog, merchant)
    if merge:
        catalog = _merged(catalog, menu, offers)
        import_validation.check(catalog, merchant.currency.lower())
    wanted = normalized.of_file(catalog)
    if not offers:
        wanted.stock = {}  # Stock is counted at locations, and there is none.
    present = normalized.of_database(menu, offers)
    return catalog_diff.plan(wanted, present, catalog_diff.read_keys(merchant))


def _merged(catalog: Catalog, menu: MenuData, offers: list[Offers]) -> Catalog:
    """The file's objects, then those of the present catalog that it does not speak of."""
    content = orjson.dumps(exporter.base_catalog(menu, offers))
    try:
        present = catalog_parser.read(content, merge=False)
    except BadCatalog as error:
        raise BadCatalog(f"The present catalog cannot be merged into: {error}") from error
    stock = {row.provider_id: row.stock_count for row in present.item}
    for row in catalog.item:
        if row.stock_count is None:
            row.stock_count = stock.get(row.provider_id)
    merged = {}
    for array in ARRAYS:
        given = getattr(catalog, array)
        ids = {row.provider_id for row in given}
        merged[array] = [
            *given,
            *(row for row in getattr(present, array) if row.provider_id not in ids),
        ]
    return msgspec.structs.replace(catalog, **merged)
