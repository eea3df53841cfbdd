"""Querysets whose statement Django writes once a process: afterwards only its values change.

To write a statement with joins takes Django longer than the database needs to answer it, and an
order asks four of them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import (
    Expression,
    Field,
    ForeignKey,
    IntegerField,
    Lookup,
    Model,
    QuerySet,
)

from . import statements
from .statements import Question, Row


class Given(Expression):
    """Stands in a queryset for a value that is given by this name when it is asked."""

    def __init__(self, name: str, kind: "Field[Any, Any]") -> None:
        super().__init__(output_field=kind)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def parameter(self, value: Any) -> Any:
        """As the database takes it; an instant is given so (`adapt_datetimefield_value`)."""
        return value


class GivenMany(Given):
    """Any number of values, for `…__among`; they travel as one parameter."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "(SELECT value FROM json_each(%s))", [self]

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        kind = self.output_field.db_type(connection)
        return ("%s::bigint[]" if kind == "bigint" else "%s::text[]"), [self]

    def parameter(self, value: Any) -> Any:
        if connection.vendor != "postgresql":
            return json.dumps(list(value))
        # As PostgreSQL writes an array; psycopg takes longer to write it than to ask.
        return "{" + ",".join(map(_element, value)) + "}"


def _element(value: int | str) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@ForeignKey.register_lookup  # Which does not look at what all fields have.
@Field.register_lookup
class Among(Lookup):
    """`…__in` for GivenMany. On PostgreSQL an array, which it looks up in an index as a list."""

    lookup_name = "among"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, of_left = self.process_lhs(compiler, connection)
        right, of_right = self.process_rhs(compiler, connection)
        among = "= ANY" if connection.vendor == "postgresql" else "IN"
        return f"{left} {among} {right}", [*of_left, *of_right]


class Prepared:
    """A queryset with `Given`s; `write` makes it when it is asked for the first time."""

    def __init__(self, write: "Callable[[], QuerySet[Any, Any]]") -> None:
        self._write = write

    def rows(self, **given: Any) -> list[Sequence[Any]]:
        """The rows of a queryset with `values_list`."""
        return self._read(statements.ask(*self.question(given)))

    def objects(self, **given: Any) -> Iterator[Any]:
        """The rows as the model's objects, with what was annotated."""
        of = self._statement.of_objects
        for row in self.rows(**given):
            one = of.model.from_db(DEFAULT_DB_ALIAS, of.attributes, row[of.fields])
            for name, place in of.annotated.items():
                setattr(one, name, row[place])
            yield one

    def question(self, given: dict[str, Any]) -> Question:
        return Question(self._statement.text, self._statement.parameters(given))

    def _read(self, rows: list[Row]) -> list[Sequence[Any]]:
        return self._statement.converted(rows)

    @cached_property
    def _statement(self) -> "_Statement":
        return _Statement(self._write())

    @staticmethod
    def rows_of_all(*each: "tuple[Prepared, dict[str, Any]]") -> list[list[Sequence[Any]]]:
        """The rows of several, which are asked together."""
        questions = [prepared.question(given) for prepared, given in each]
        found = statements.ask_together(*questions)
        return [prepared._read(rows) for (prepared, _), rows in zip(each, found, strict=True)]


class _Statement:
    """What Django wrote, and what it does to the rows."""

    def __init__(self, queryset: "QuerySet[Any, Any]") -> None:
        query = queryset.query
        self._compiler = query.get_compiler(connection=connection)
        self.text, self._parameters = self._compiler.as_sql()
        chosen = [one[0] for one in self._compiler.select]
        self._converters = [
            (place, converters, expression)
            for place, (converters, expression) in self._compiler.get_converters(chosen).items()
            if not isinstance(expression.output_field, IntegerField)  # It comes as one.
        ]

    def parameters(self, given: dict[str, Any]) -> list[Any]:
        return [
            one.parameter(given[one.name]) if isinstance(one, Given) else one
            for one in self._parameters
        ]

    def converted(self, rows: list[Row]) -> list[Sequence[Any]]:
        if not self._converters:
            return [*rows]
        return [self._converted(list(row)) for row in rows]

    def _converted(self, row: list[Any]) -> list[Any]:
        for place, converters, expression in self._converters:
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
        return row

    @cached_property
    def of_objects(self) -> "_Objects":
        return _Objects(self._compiler)


class _Objects:
    """Which columns are the model's fields, and which are annotations."""

    def __init__(self, compiler: Any) -> None:
        chosen: list[int] = compiler.klass_info["select_fields"]
        self.model: type[Model] = compiler.klass_info["model"]
        self.fields = slice(chosen[0], chosen[-1] + 1)
        self.attributes = [one[0].target.attname for one in compiler.select[self.fields]]
        self.annotated: dict[str, int] = compiler.annotation_col_map
