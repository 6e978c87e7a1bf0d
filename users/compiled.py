"""Queries that requests make all the time: their SQL is made once, and prepared by the database.

Django makes the SQL of a queryset anew for each use, which takes it several times as long as the
database takes to answer for one row, and PostgreSQL plans it anew. What a query says stays said in
querysets: here one is written with holes, and filled in from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import JSONField, Model, QuerySet
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]

from config.database.prepared import prepared
from users.copying import as_json

Row = TypeVar("Row", bound=Model)
Prepare = Callable[[Any, Any], Any]  # a value, and the connection that it is sent by
_NAMESPACE = UUID("0190d8f2-6a43-7d0e-9b1f-5b6f3a7c2e11")


@cache
def hole(name: str) -> UUID:
    """Return what stands in a queryset for an id that is given at each use."""
    return uuid5(_NAMESPACE, name)


def named_sql(rows: QuerySet[Any], *names: str) -> str:
    """Return the SQL of a queryset, with `%(name)s` for the holes that it has by these names.

    It is made to be a part of a larger statement; raises KeyError for a value that is no hole.
    """
    sql, params = rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    known: dict[Any, str] = {hole(name): f"%({name})s" for name in names}
    return str(sql % tuple(known[one] for one in params))


class Compiled(Generic[Row]):
    """A query for whole rows, whose SQL is made at its first use; `str(hole(…))` is for texts."""

    def __init__(self, build: Callable[[], QuerySet[Row]]) -> None:
        """Take what makes the queryset; it is not asked before models are loaded."""
        self._build = build

    def rows(self, **given: Any) -> list[Row]:
        """Return the rows, with what the holes stand for by their names."""
        return self._made.rows(given)

    def first(self, **given: Any) -> Row | None:
        """Return the first row or None."""
        return next(iter(self.rows(**given)), None)

    @cached_property
    def _made(self) -> _Statement[Row]:
        return _Statement(self._build())


class _Statement(Generic[Row]):
    """SQL, and how rows are made of what it returns, as Django's ModelIterable makes them."""

    def __init__(self, rows: QuerySet[Row]) -> None:
        compiler: Any = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._params = compiler.as_sql()
        columns, known = [column for column, *_ in compiler.select], compiler.klass_info
        first, last = known["select_fields"][0], known["select_fields"][-1] + 1
        self._model, self._own = known["model"], slice(first, last)
        self._names = [column.target.attname for column in columns[self._own]]
        self._converters = compiler.get_converters(columns)
        self._populators = get_related_populators(known, compiler.select, DEFAULT_DB_ALIAS)
        self._annotations = dict(compiler.annotation_col_map or {})

    def rows(self, given: dict[str, Any]) -> list[Row]:
        filling: dict[Any, Any] = {}
        for name, value in given.items():
            filling[hole(name)] = filling[str(hole(name))] = value
        params = [filling.get(one, one) for one in self._params]
        with prepared(self._sql, params) as cursor:
            return [self._made(list(row), cursor.db) for row in cursor]

    def _made(self, row: list[Any], by: Any) -> Row:
        for position, (converters, column) in self._converters.items():
            for convert in converters:
                row[position] = convert(row[position], column, by)
        made: Any = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for populator in self._populators:
            populator.populate(row, made)
        for name, position in self._annotations.items():
            setattr(made, name, row[position])
        return made  # type: ignore[no-any-return]


def insert(row: Model) -> None:
    """Insert a new row of a model whose ids we make; raises IntegrityError."""
    fields = _written_fields(type(row))
    values = [field.pre_save(row, add=True) for field in fields]
    insert_values(type(row), tuple(field.attname for field in fields), values)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 - Django's public API


def insert_values(model: type[Model], names: tuple[str, ...], values: Sequence[Any]) -> None:
    """Insert one row of the columns `names`; what is not named is left to the database."""
    statement, prepare = _insertion(model, names)
    pairs, by = zip(prepare, values, strict=True), connections[DEFAULT_DB_ALIAS]
    with prepared(statement, [each(value, by) for each, value in pairs]):
        pass


@cache
def _written_fields(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.generated]  # noqa: SLF001


@cache
def _insertion(model: type[Model], names: tuple[str, ...]) -> tuple[str, list[Prepare]]:
    by_name: dict[str, Any] = {field.attname: field for field in _written_fields(model)}
    fields, quote = [by_name[name] for name in names], connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    table, values = quote(model._meta.db_table), ", ".join(["%s"] * len(fields))  # noqa: SLF001
    statement = f"INSERT INTO {table} ({columns}) VALUES ({values})"  # noqa: S608 - names of ours
    return statement, [_preparation(field) for field in fields]


def _preparation(field: Any) -> Prepare:
    if isinstance(field, JSONField):  # with the microseconds that Django's encoder drops
        return lambda value, _: None if value is None else as_json(value)
    return field.get_db_prep_save  # type: ignore[no-any-return]
