"""The triggers for PostgreSQL: per statement, so that a bulk edit writes one mark."""

from collections.abc import Iterator

from .tables import CONDITIONAL_MARKS, MARKS, OBJECTS, Marked, Statement, changed_row, marked_tables


def statements() -> Iterator[Statement]:
    for marked in marked_tables():
        yield from _unconditional(marked)
    for table, values, condition in CONDITIONAL_MARKS:
        yield from _conditional(table, values, condition)
    for table, kind in OBJECTS.items():
        yield from _id_guards(table, kind)


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} END $$"
    )


def _unconditional(marked: Marked) -> Iterator[Statement]:
    name = f"catalog_on_{marked.table}"
    mark = (
        f"{MARKS} SELECT DISTINCT {marked.merchant}, {marked.location}::bigint, 1 "
        f"FROM changed c {marked.source}; RETURN NULL;"
    )
    yield marked.table, _function(name, mark)
    for action in marked.actions:
        yield (
            marked.table,
            f"CREATE OR REPLACE TRIGGER {name}_{action.lower()} AFTER {action} "
            f"ON {marked.table} REFERENCING {changed_row(action)} TABLE AS changed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        )


def _conditional(table: str, values: str, condition: str) -> Iterator[Statement]:
    name = f"catalog_on_some_{table}"
    yield table, _function(name, f"{MARKS} VALUES ({values}, 1); RETURN NULL;")
    yield (
        table,
        f"CREATE OR REPLACE TRIGGER {name}_update AFTER UPDATE ON {table} FOR EACH ROW "
        f"WHEN ({condition}) EXECUTE FUNCTION {name}()",
    )


def _id_guards(table: str, kind: str) -> Iterator[Statement]:
    name = f"catalog_on_id_of_{table}"
    guard = (
        "IF TG_OP = 'INSERT' THEN "
        "INSERT INTO catalog_knownid AS k (merchant_id, provider_id, kind) "
        f"VALUES (NEW.merchant_id, NEW.provider_id, '{kind}') "
        "ON CONFLICT (merchant_id, provider_id) DO UPDATE SET kind = k.kind "
        "WHERE k.kind = excluded.kind; "
        "IF FOUND THEN RETURN NEW; END IF; END IF; "
        "RAISE EXCEPTION 'provider_id % must not be reused or changed', NEW.provider_id "
        "USING ERRCODE = 'unique_violation';"
    )
    yield table, _function(name, guard)
    yield (
        table,
        f"CREATE OR REPLACE TRIGGER {name}_insert BEFORE INSERT ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
    yield (
        table,
        f"CREATE OR REPLACE TRIGGER {name}_update BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (OLD.provider_id <> NEW.provider_id OR OLD.merchant_id <> NEW.merchant_id) "
        f"EXECUTE FUNCTION {name}()",
    )
