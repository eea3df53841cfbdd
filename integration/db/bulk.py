"""Bulk statements over any number of rows, whose values travel as one JSON parameter.

Django's `__in` lookups and bulk writes need more statements the more rows there are (it limits
SQLite to 999 parameters per statement).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.expressions import RawSQL

from . import statements

Pair = tuple[str, str]
Exchange = Sequence[int]  # A row's key, the old value of the column, and the new one.


def keys_in(keys: Collection[int]) -> RawSQL:
    """Return the keys as a subquery, for filters such as `pk__in=keys_in(keys)`."""
    document = _as_json(list(keys))
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [document])
    return RawSQL("SELECT jsonb_array_elements_text(%s::jsonb)::bigint", [document])


def keys_of_pairs(
    model: type[models.Model], columns: Pair, pairs: Collection[Pair], condition: str = "TRUE"
) -> RawSQL:
    """Return the keys of the rows whose two text columns are one of the pairs, as a subquery.

    `condition` is SQL for columns of that table, so that a partial index may be used.
    """
    first, second = columns
    if connection.vendor == "sqlite":
        source = (
            "(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b"
            " FROM json_each(%s)) AS v"
        )
    else:
        source = "(SELECT value->>0 AS a, value->>1 AS b FROM jsonb_array_elements(%s::jsonb)) AS v"
    joined = f"{first} = v.a AND {second} = v.b"
    table = model._meta.db_table
    return RawSQL(  # noqa: S611  # Names of columns, and constants; the values are a parameter.
        f"SELECT id FROM {source} JOIN {table} ON {joined} WHERE {condition}",
        [_as_json([list(pair) for pair in pairs])],
    )


def exchange(
    model: type[models.Model], column: str, rows: Sequence[Exchange], at: datetime
) -> set[int]:
    """Write each new value where the old one is unchanged; return the keys of those rows.

    If the table has `updated_at`, it becomes `at`.
    """
    table, names = model._meta.db_table, {field.name for field in model._meta.concrete_fields}
    timestamp = ", updated_at = %s" if "updated_at" in names else ""
    if connection.vendor == "sqlite":
        source = (
            "(SELECT json_extract(value, '$[0]') AS row_key, json_extract(value, '$[1]') AS was,"
            " json_extract(value, '$[2]') AS will FROM json_each(%s))"
        )
    else:
        source = (
            "(SELECT (value->>0)::bigint AS row_key, (value->>1)::bigint AS was,"
            " (value->>2)::bigint AS will FROM jsonb_array_elements(%s::jsonb))"
        )
    statement = (
        f"UPDATE {table} SET {column} = v.will{timestamp} FROM {source} AS v"
        f" WHERE {table}.id = v.row_key AND {table}.{column} = v.was RETURNING id"
    )
    timestamps = [connection.ops.adapt_datetimefield_value(at)] if timestamp else []
    with connection.cursor() as cursor:
        cursor.execute(statement, [*timestamps, _as_json(list(rows))])
        return {key for (key,) in cursor.fetchall()}


def insert(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have values for the same columns. UUIDs are hexadecimal digits."""
    if not rows:
        return
    statements.execute(_insertion(model, tuple(rows[0])), [_as_json(rows)])


def update(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Update rows by their `id`, all in the same columns. UUIDs are hexadecimal digits."""
    if rows:
        statements.execute(_update(model, tuple(rows[0])), [_as_json(rows)])


@lru_cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    table = model._meta.db_table
    changes = ", ".join(f"{name} = v.{name}" for name in names if name != "id")
    if connection.vendor == "sqlite":
        values = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in names)
        source = f"(SELECT {values} FROM json_each(%s)) AS v"
    else:
        source = f"json_to_recordset(%s::json) AS v({_typed(model, names)})"
    return f"UPDATE {table} SET {changes} FROM {source} WHERE {table}.id = v.id"


@lru_cache  # Looking up the column types takes Django longer than inserting a row.
def _insertion(model: type[models.Model], names: tuple[str, ...]) -> str:
    table, columns = model._meta.db_table, ", ".join(names)
    if connection.vendor == "sqlite":
        values = ", ".join(f"json_extract(value, '$.{name}')" for name in names)
        source = f"{values} FROM json_each(%s)"
    else:
        source = f"{columns} FROM json_to_recordset(%s::json) AS v({_typed(model, names)})"
    return f"INSERT INTO {table} ({columns}) SELECT {source}"


def _typed(model: type[models.Model], names: tuple[str, ...]) -> str:
    types = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    return ", ".join(f"{name} {types[name]}" for name in names)


def subtract(
    model: type[models.Model], column: str, location_id: int, amounts: Mapping[int, int]
) -> None:
    """Subtract the amounts from the objects' rows at the location; a null stays null.

    Raises IntegrityError when a row has less, at the latest when the transaction ends: the column
    must have a constraint against negative values.
    """
    table = model._meta.db_table
    document = _as_json({str(key): amount for key, amount in amounts.items()})
    if connection.vendor == "sqlite":
        source, condition, keys = "json_each(%s)", "IN (SELECT key FROM json_each(%s))", document
    else:  # An array, because PostgreSQL does not use the index for keys out of JSON.
        source, condition = "jsonb_each(%s::jsonb)", "= ANY(%s::bigint[])"
        keys = f"{{{','.join(map(str, amounts))}}}"
    statement = (
        f"UPDATE {table} SET {column} = {column} - CAST(v.value AS integer) FROM {source} AS v"
        f" WHERE {table}.location_id = %s AND {table}.object_id {condition}"
        f" AND {table}.object_id = CAST(v.key AS bigint)"
    )
    statements.execute(statement, [document, location_id, keys])


def values_of(row: models.Model) -> dict[str, Any]:
    """Return an unsaved row's column values, for `insert`."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return {str(field.column): getattr(row, field.attname) for field in fields}


def _as_json(value: Any) -> str:
    return orjson.dumps(value, default=_instant, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _instant(value: Any) -> str:
    """Return an instant in the form that the database stores."""
    if not isinstance(value, datetime):
        raise TypeError
    return str(connection.ops.adapt_datetimefield_value(value))
