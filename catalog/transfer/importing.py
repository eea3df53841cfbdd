"""The entrance of an import: read, check, compare, and write all of it or nothing."""

from collections.abc import Callable

import msgspec
import orjson
from django.db import transaction

from catalog.menu import loader as menu_loader
from catalog.menu.loader import MenuData, Offers
from integration import wakeups
from integration.models import Merchant

from . import checks, exporting, noting, planning, reading, state
from .applying import Applier, Progress
from .contract import ARRAYS, Catalog
from .planning import Plan
from .reading import BadCatalog

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
            noting.note(merchant, plan)
            wakeups.on_commit("catalog.tasks.refresh", merchant.pk)
        after(plan)
    return plan


def plan_import(merchant: Merchant, content: bytes, *, merge: bool) -> Plan:
    """What an import would do, without doing it. Raises BadCatalog."""
    return _plan(merchant, _read(merchant, content, merge=merge), merge=merge)


def _read(merchant: Merchant, content: bytes, *, merge: bool) -> Catalog:
    """Before the transaction, so that nobody waits for it."""
    catalog = reading.read(content, merge=merge)
    if not merge:
        checks.check(catalog, merchant.currency.lower())
    return catalog


def _plan(merchant: Merchant, catalog: Catalog, *, merge: bool) -> Plan:
    menu = menu_loader.read_menu(merchant)
    offers = exporting.offers_of(merchant)
    planning.check_ids(catalog, merchant)
    if merge:
        catalog = _merged(catalog, menu, offers)
        checks.check(catalog, merchant.currency.lower())
    wanted = state.of_file(catalog)
    if not offers:
        wanted.stock = {}  # Stock is counted at locations, and there is none.
    present = state.of_database(menu, offers)
    return planning.plan(wanted, present, planning.read_keys(merchant))


def _merged(catalog: Catalog, menu: MenuData, offers: list[Offers]) -> Catalog:
    """The file's objects, then those of the present catalog that it does not speak of."""
    content = orjson.dumps(exporting.base_catalog(menu, offers))
    try:
        present = reading.read(content, merge=False)
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
