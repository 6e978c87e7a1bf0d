"""Write many rows in one statement: COPY for new ones, a set-wise UPDATE for known ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Field, FileField, JSONField, Model
from django.db.models.base import ModelState
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from uuid_utils.compat import uuid7

M = TypeVar("M", bound=Model)


def copy_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows by COPY, each given as the values of the columns `names`, in their order.

    What is not named is left to the database. Raises IntegrityError as an INSERT does.
    """
    by_name = {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001
    fields = [by_name[name] for name in names]
    prepare = [_preparation(field) for field in fields]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {_table(model)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            pairs = zip(prepare, row, strict=True)
            copy.write_row([each(value) if each else value for each, value in pairs])


def copy_models(instances: Sequence[Model]) -> None:
    """Insert new instances of one model by COPY. Raises IntegrityError as an INSERT does."""
    if not instances:
        return
    names = [field.attname for field in instances[0]._meta.concrete_fields]  # noqa: SLF001
    # Past the descriptors, which took as long as the rest of a row.
    columns = itemgetter(*names)
    copy_rows(type(instances[0]), names, (columns(vars(each)) for each in instances))
    for each in instances:
        each._state.adding = False  # noqa: SLF001 - so that it can be saved again


def add_rows(rows: Sequence[Model]) -> None:
    """Insert new instances of one model as they are saved: now. Raises IntegrityError."""
    now = timezone.now()
    for row in rows:
        vars(row).update(dict.fromkeys(_timed(type(row)), now))
    copy_models(rows)


@cache
def _timed(model: type[Model]) -> list[str]:
    fields: list[Any] = [*model._meta.concrete_fields]  # noqa: SLF001
    timed = ("auto_now", "auto_now_add")
    return [one.attname for one in fields if any(getattr(one, each, False) for each in timed)]


def new_like(blank: M, **columns: Any) -> M:
    """Return another new instance with a blank one's columns, an id of its own, and these.

    Model() asks each field for its value one by one: this takes a tenth of that time. What is
    given as columns are values as a row has them; mutable ones of the blank are shared by all.
    """
    made = type(blank).__new__(type(blank))
    vars(made).update(vars(blank), id=uuid7(), _state=ModelState(), **columns)
    made._state.fields_cache = blank._state.fields_cache.copy()  # noqa: SLF001
    return made


def change_rows(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Write the columns `names` of rows that exist, in one UPDATE by their ids."""
    if not rows:
        return
    table = _table(type(rows[0]))
    told = [{name: getattr(row, name) for name in ("id", *names)} for row in rows]
    quoted = [connection.ops.quote_name(name) for name in names]
    columns = ", ".join(f"{name} = given.{name}" for name in quoted)
    statement = (
        f"UPDATE {table} AS kept SET {columns}"  # noqa: S608 - names of ours
        f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS given"
        " WHERE kept.id = given.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(told)])


def as_json(value: Any) -> str:
    """Return JSON as the database takes it, with UUIDs, times and files as strings."""
    try:
        return orjson.dumps(value, _default, orjson.OPT_UTC_Z).decode()
    except TypeError:  # an integer of more than 64 bits, or a key that is no string
        return json.dumps(value, default=_default)


def _default(value: Any) -> Any:
    if isinstance(value, FieldFile):
        return str(value)
    if isinstance(value, datetime):  # of which Django's encoder drops the microseconds
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return DjangoJSONEncoder().default(value)


def _preparation(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """Return what a value of the field becomes before psycopg takes it; None for nothing."""
    if isinstance(field, JSONField):
        return lambda value: None if value is None else as_json(value)
    return _name_of_file if isinstance(field, FileField) else None


def _name_of_file(value: FieldFile | str | None) -> str:
    return str(value or "")


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001
