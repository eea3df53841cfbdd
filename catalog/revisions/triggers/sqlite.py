"""The triggers for SQLite: per row."""

from collections.abc import Iterator

from .tables import CONDITIONAL_MARKS, MARKS, OBJECTS, Marked, Statement, changed_row, marked_tables

EXISTING = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'catalog_on_%'"
_REFUSAL = "SELECT RAISE(ABORT, 'provider_id must not be reused or changed')"
_KNOWN = "catalog_knownid WHERE merchant_id = NEW.merchant_id AND provider_id = NEW.provider_id"


def statements() -> Iterator[Statement]:
    for marked in marked_tables():
        for action in marked.actions:
            yield marked.table, _unconditional(marked, action)
    for table, values, condition in CONDITIONAL_MARKS:
        yield table, _conditional(table, values, condition)
    for table, kind in OBJECTS.items():
        yield from _id_guards(table, kind)


def _unconditional(marked: Marked, action: str) -> str:
    row = changed_row(action)
    merchant = marked.merchant.replace("c.", f"{row}.")
    location = marked.location.replace("c.", f"{row}.")
    return (
        f"CREATE TRIGGER IF NOT EXISTS catalog_on_{marked.table}_{action.lower()} "
        f"AFTER {action} ON {marked.table} BEGIN "
        f"{MARKS} SELECT {merchant}, {location}, 1 {_source(marked.source, row)}; END"
    )


def _source(join: str, row: str) -> str:
    """Rewrite `JOIN t o ON o.id = c.x` for the changed row: `FROM t o WHERE o.id = NEW.x`."""
    source = join.replace("JOIN", "FROM").replace(" ON ", " WHERE ")
    return source.replace("= c.", f"= {row}.")


def _conditional(table: str, values: str, condition: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS catalog_on_some_{table} AFTER UPDATE ON {table} "
        f"WHEN {condition.replace('IS DISTINCT FROM', 'IS NOT')} BEGIN "
        f"{MARKS} VALUES ({values}, 1); END"
    )


def _id_guards(table: str, kind: str) -> Iterator[Statement]:
    name = f"catalog_on_id_of_{table}"
    yield (
        table,
        f"CREATE TRIGGER IF NOT EXISTS {name}_insert BEFORE INSERT ON {table} BEGIN "
        f"{_REFUSAL} WHERE EXISTS (SELECT 1 FROM {_KNOWN} AND kind <> '{kind}'); "
        "INSERT OR IGNORE INTO catalog_knownid (merchant_id, provider_id, kind) "
        f"VALUES (NEW.merchant_id, NEW.provider_id, '{kind}'); END",
    )
    yield (
        table,
        f"CREATE TRIGGER IF NOT EXISTS {name}_update BEFORE UPDATE ON {table} "
        "WHEN OLD.provider_id <> NEW.provider_id OR OLD.merchant_id <> NEW.merchant_id "
        f"BEGIN {_REFUSAL}; END",
    )
