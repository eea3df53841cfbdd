"""Statements that Django compiles once per process; afterwards only their values change.

Compiling a query with joins takes Django longer than the database takes to answer it, and each
order needs four of them.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import (
    Expression,
    Field,
    ForeignKey,
    IntegerField,
    Lookup,
    Model,
    QuerySet,
)
from django.db.models.query import get_related_populators

from . import statements
from .statements import Row, Statement


class Parameter(Expression):
    """A placeholder in a queryset for a value that each execution passes by this name."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def adapt(self, value: Any) -> Any:
        """Convert the value to what the database driver takes."""
        if self._is_instant:
            return connection.ops.adapt_datetimefield_value(value)
        return value

    @cached_property
    def _is_instant(self) -> bool:
        return self.output_field.get_internal_type() == "DateTimeField"


class ListParameter(Parameter):
    """A placeholder for any number of values, for `…__among`; they travel as one parameter."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "(SELECT value FROM json_each(%s))", [self]

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        column_type = self.output_field.db_type(connection)
        return ("%s::bigint[]" if column_type == "bigint" else "%s::text[]"), [self]

    def adapt(self, value: Any) -> Any:
        if connection.vendor != "postgresql":
            return json.dumps(list(value))
        # An array literal: psycopg takes longer to adapt a list than the query takes.
        return "{" + ",".join(map(_array_element, value)) + "}"


def _array_element(value: int | str) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@ForeignKey.register_lookup  # ForeignKey does not inherit the lookups of Field.
@Field.register_lookup
class Among(Lookup):
    """`…__in` for a ListParameter. PostgreSQL gets an array, which it can look up in an index."""

    lookup_name = "among"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        operator = "= ANY" if connection.vendor == "postgresql" else "IN"
        return f"{left} {operator} {right}", [*left_parameters, *right_parameters]


class CompiledQuery:
    """A queryset with Parameters; `build` makes it, at the first execution."""

    def __init__(self, build: "Callable[[], QuerySet[Any, Any]]") -> None:
        self._build = build

    def rows(self, **values: Any) -> list[Sequence[Any]]:
        """Return the rows of a queryset with `values_list`."""
        return self._convert(statements.fetch(*self._statement(values)))

    def objects(self, **values: Any) -> Iterator[Any]:
        """Yield the rows as model objects, with their annotations and `select_related` objects."""
        return self.load(self.rows(**values))

    def load(self, rows: Iterable[Sequence[Any]]) -> Iterator[Any]:
        """Yield the objects of rows that `rows_of_each` returned for this query."""
        return map(self._compiled.loader.load, rows)

    def _statement(self, values: dict[str, Any]) -> Statement:
        return Statement(self._compiled.sql, self._compiled.parameters(values))

    def _convert(self, rows: list[Row]) -> list[Sequence[Any]]:
        return self._compiled.convert(rows)

    @cached_property
    def _compiled(self) -> "_Compiled":
        return _Compiled(self._build())

    @staticmethod
    def rows_of_each(
        *executions: "Execution",
    ) -> list[list[Sequence[Any]]]:
        """Return the rows of several queries, which PostgreSQL gets in one round trip."""
        results = statements.fetch_each(*(query._statement(values) for query, values in executions))
        return [query._convert(rows) for (query, _), rows in zip(executions, results, strict=True)]


Execution: TypeAlias = tuple[CompiledQuery, dict[str, Any]]  # A query with its values.


class _Compiled:
    """The SQL of a queryset, and the conversions that Django applies to its rows."""

    def __init__(self, queryset: "QuerySet[Any, Any]") -> None:
        self._compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self._parameters = self._compiler.as_sql()
        columns = [column for column, *_ in self._compiler.select]
        self._converters = [
            (index, converters, expression)
            for index, (converters, expression) in self._compiler.get_converters(columns).items()
            if not isinstance(expression.output_field, IntegerField)  # Both drivers return an int.
        ]

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        return [
            parameter.adapt(values[parameter.name])
            if isinstance(parameter, Parameter)
            else parameter
            for parameter in self._parameters
        ]

    def convert(self, rows: list[Row]) -> list[Sequence[Any]]:
        if not self._converters:
            return [*rows]
        database = connections[DEFAULT_DB_ALIAS]  # The proxy `connection` is slow to look up.
        return [self._convert_row(list(row), database) for row in rows]

    def _convert_row(self, row: list[Any], database: Any) -> list[Any]:
        for index, converters, expression in self._converters:
            for convert in converters:
                row[index] = convert(row[index], expression, database)
        return row

    @cached_property
    def loader(self) -> "_ObjectLoader":
        return _ObjectLoader(self._compiler)


class _ObjectLoader:
    """Makes model objects of rows, as Django's ModelIterable does."""

    def __init__(self, compiler: Any) -> None:
        selected: list[int] = compiler.klass_info["select_fields"]
        self._model: type[Model] = compiler.klass_info["model"]
        self._fields = slice(selected[0], selected[-1] + 1)
        self._attributes = [column.target.attname for column, *_ in compiler.select[self._fields]]
        self._annotations: dict[str, int] = compiler.annotation_col_map
        self._related = get_related_populators(  # type: ignore[call-arg]  # Stubs of Django 6.
            compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS
        )

    def load(self, row: Sequence[Any]) -> Any:
        loaded = self._model.from_db(DEFAULT_DB_ALIAS, self._attributes, row[self._fields])
        for related in self._related:
            related.populate(row, loaded)
        for name, index in self._annotations.items():
            setattr(loaded, name, row[index])
        return loaded


class CompiledInsert:
    """An INSERT of one row of a model whose primary key the database assigns.

    It returns no rows, so it may be part of `statements.pipeline`. `only` names the fields that get
    values, if the database has defaults for the others. `once_per` names a unique column: a second
    row with the same value is not inserted, and that is no error. `found_by` is for keys that only
    the database knows, as those of rows of the same pipeline: the column gets the key of the row
    that has the value in this unique field. `returning` names columns for `execute_returning`.
    """

    def __init__(
        self,
        model: type[Model],
        *,
        only: Collection[str] = (),
        once_per: str = "",
        found_by: "Mapping[str, Field[Any, Any]]" = MappingProxyType({}),
        returning: Collection[str] = (),
    ) -> None:
        self._table = model._meta.db_table
        self._once_per, self._found_by, self._returning = once_per, found_by, returning
        self._fields = [
            field
            for field in model._meta.concrete_fields
            if not field.primary_key and (not only or field.attname in only)
        ]
        self._preparations = [
            (field.attname, found_by.get(field.attname, field).get_db_prep_save)
            for field in self._fields
        ]

    def execute(self, **values: Any) -> None:
        """Insert a row with a value for each field, by attribute name."""
        statements.execute(self._sql, self._parameters(values))

    def execute_returning(self, **values: Any) -> Callable[[], Row]:
        """Insert a row; return a function for what it returns, to be called after the pipeline."""
        return statements.execute_returning(self._sql, self._parameters(values))

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        database = connections[DEFAULT_DB_ALIAS]  # The proxy `connection` is slow to look up.
        return [prepare(values[name], database) for name, prepare in self._preparations]

    @cached_property
    def _sql(self) -> str:
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in self._fields)
        placeholders = ", ".join(self._placeholder(field) for field in self._fields)
        conflict = f" ON CONFLICT ({quote(self._once_per)}) DO NOTHING" if self._once_per else ""
        returned = f" RETURNING {', '.join(map(quote, self._returning))}" if self._returning else ""
        into = f"INSERT INTO {quote(self._table)} ({columns})"
        return f"{into} VALUES ({placeholders}){conflict}{returned}"

    def _placeholder(self, field: "Field[Any, Any]") -> str:
        unique = self._found_by.get(field.attname)
        if unique is None:
            return "%s"
        quote, options = connection.ops.quote_name, unique.model._meta
        key, table = quote(str(options.pk.column)), quote(options.db_table)
        return f"(SELECT {key} FROM {table} WHERE {quote(str(unique.column))} = %s)"
