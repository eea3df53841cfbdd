"""Import a catalog: parse, validate, compare, and write all of it or nothing."""

from collections.abc import Callable

import msgspec
import orjson
from django.db import transaction

from catalog.import_errors.problems import BadCatalog, Problems
from catalog.menu import loader as menu_loader
from catalog.menu.loader import MenuData, Offers
from integration import wakeups
from integration.models import Merchant

from . import audit, exporter, normalized, texts
from . import diff as catalog_diff
from . import parser as catalog_parser
from . import validation as import_validation
from .diff import Plan
from .schema import ARRAYS, Catalog
from .writer import PlanWriter, Progress

# Called with the plan in the transaction that writes it; an exception rolls everything back.
Step = Callable[[Plan], None]


def import_catalog(
    merchant: Merchant,
    content: bytes,
    *,
    merge: bool,
    progress: Progress = lambda done, total: None,
    before: Step = lambda plan: None,
    after: Step = lambda plan: None,
    problems: Problems | None = None,
) -> Plan:
    """Replace the merchant's catalog at all locations by the file; return what was done.

    With `merge`, objects that are not in the file stay as they are. `before` and `after` are
    called with the plan before and after it is written. `problems` are those already found in the
    file. Raises BadCatalog with all problems, and changes nothing.
    """
    problems = Problems(ARRAYS) if problems is None else problems
    catalog = _read(content, problems, merge=merge)
    with transaction.atomic():
        # Serializes imports for one merchant.
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        plan = _plan(merchant, catalog, problems, merge=merge)
        before(plan)
        if not plan.is_empty():
            PlanWriter(merchant, plan, progress).apply()
            audit.record(merchant, plan)
            wakeups.on_commit("catalog.tasks.refresh", merchant.pk)
        after(plan)
    return plan


def plan_import(
    merchant: Merchant, content: bytes, *, merge: bool, problems: Problems | None = None
) -> Plan:
    """Return what an import would do, without doing it. Raises BadCatalog with all problems."""
    problems = Problems(ARRAYS) if problems is None else problems
    return _plan(merchant, _read(content, problems, merge=merge), problems, merge=merge)


def _read(content: bytes, problems: Problems, *, merge: bool) -> Catalog:
    """Parse before the transaction, to keep locks short."""
    catalog = catalog_parser.read(content, problems, merge=merge)
    texts.clean(catalog, problems)
    return catalog


def _plan(merchant: Merchant, catalog: Catalog, problems: Problems, *, merge: bool) -> Plan:
    menu = menu_loader.read_menu(merchant)
    offers = exporter.offers_of(merchant)
    whole = _merged(catalog, menu, offers) if merge else catalog
    import_validation.check(whole, merchant.currency.lower(), problems)
    catalog_diff.check_ids(catalog, merchant, problems)
    problems.raise_any()
    desired = normalized.from_catalog(whole)
    if not offers:
        desired.stock = {}  # Stock is counted per location, and there are none.
    current = normalized.from_database(menu, offers)
    return catalog_diff.plan(desired, current, catalog_diff.read_keys(merchant))


def _merged(catalog: Catalog, menu: MenuData, offers: list[Offers]) -> Catalog:
    """Return the file's objects, then those of the current catalog that it does not mention."""
    content = orjson.dumps(exporter.base_catalog(menu, offers))
    problems = Problems(ARRAYS)
    try:
        current = catalog_parser.read(content, problems, merge=False)
        problems.raise_any()
    except BadCatalog as error:
        raise BadCatalog(f"The current catalog cannot be merged into: {error}") from error
    stock = {row.provider_id: row.stock_count for row in current.item}
    for row in catalog.item:
        if row.stock_count is None:
            row.stock_count = stock.get(row.provider_id)
    merged = {}
    for array in ARRAYS:
        rows = getattr(catalog, array)
        ids = {row.provider_id for row in rows}
        merged[array] = [
            *rows,
            *(row for row in getattr(current, array) if row.provider_id not in ids),
        ]
    return msgspec.structs.replace(catalog, **merged)
