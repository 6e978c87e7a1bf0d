"""What every mutable resource has: a UUIDv7, a version that counts its changes, times."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from django.db import models
from uuid_utils.compat import uuid7


class Resource(models.Model):
    """A row that clients read, change under its version and find again by its id."""

    unlogged_fields: ClassVar[frozenset[str]] = frozenset()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def snapshot(self) -> dict[str, Any]:
        """Return the columns as the event log keeps them."""
        own = vars(self)  # past the descriptors, which took most of the time
        return {
            name: own[name] if name in own else getattr(self, name) for name in _logged(type(self))
        }

    @classmethod
    def columns_of(cls, snapshot: dict[str, Any]) -> dict[str, Any]:
        """Return the columns that the event log has kept, as a row has them."""
        return {
            field.attname: _read(field, snapshot[field.attname])
            for field in cls._meta.concrete_fields
            if field.attname in snapshot
        }

    def validate_constraints(self, exclude: Any = None) -> None:
        """Leave it to the database, whose refusal the services put in words."""

    def save_new_version(self) -> None:
        """Save the (locked) row as its next version."""
        self.version += 1
        self.save()


@cache
def _logged(model: type[Resource]) -> tuple[str, ...]:
    """Return the columns that the event log keeps; asked for each row of each batch."""
    names = (field.attname for field in model._meta.concrete_fields)  # noqa: SLF001
    return tuple(name for name in names if name not in model.unlogged_fields)


def _read(field: Any, told: Any) -> Any:
    """Return a column's value, which JSON has as a string unless it is JSON itself."""
    if told is None or isinstance(field, models.JSONField):
        return told
    return (field.target_field if field.is_relation else field).to_python(told)
