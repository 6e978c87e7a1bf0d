"""Declare what documents' metadata hold; find documents by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from config.api.concurrency import Precondition
from documents.errors import MetadataFieldTaken
from documents.models import MetadataField, MetadataType, MetadataValue, Project
from documents.search_index import index_field
from users.models import User
from users.services.events import record

# Where the values of these stand, in an order that an index has.
COLUMNS = {MetadataType.NUMBER: "number", MetadataType.DATETIME: "moment"}


@transaction.atomic
def declare_metadata_field(*, actor: User, project: Project, name: str, type: str) -> MetadataField:  # noqa: A002 - the model's word
    """Declare a member of metadata; raises MetadataFieldTaken.

    `misfits` of what is returned tells how many documents have another kind of value, and keep it.
    """
    field = MetadataField(project=project, name=name, type=type)
    return _declared(actor, "metadata_field.created", field, None)


@transaction.atomic
def change_metadata_field(
    *, actor: User, field: MetadataField, precondition: Precondition, changes: dict[str, Any]
) -> MetadataField:
    """Declare it otherwise; documents' metadata stay. Raises StaleVersion, MetadataFieldTaken."""
    current = _locked(field, precondition)
    before = current.snapshot()
    for name, value in changes.items():
        setattr(current, name, value)
    current.version += 1
    return _declared(actor, "metadata_field.updated", current, before)


@transaction.atomic
def withdraw_metadata_field(
    *, actor: User, field: MetadataField, precondition: Precondition
) -> None:
    """Declare it no more; documents' metadata stay. Raises StaleVersion."""
    current = _locked(field, precondition)
    record(
        actor=actor,
        action="metadata_field.deleted",
        target=current,
        project_id=current.project_id,
        before=current.snapshot(),
    )
    current.delete()


def having(field: MetadataField, wanted: Mapping[str, Any]) -> Q:
    """Return that a document has what is wanted of a field: a value by operator, all of them.

    "" is equality, `gt`, `gte`, `lt` and `lte` are bounds, `exists` is whether there is a value.
    """
    compared = {operator: value for operator, value in wanted.items() if operator != "exists"}
    found = Q()
    if field.type in COLUMNS and compared:
        column = COLUMNS[MetadataType(field.type)]
        bounds = {f"{column}__{by or 'exact'}": value for by, value in compared.items()}
        rows = MetadataValue.objects.filter(field=field, document=OuterRef("pk"), **bounds)
        found &= Q(Exists(rows))
    elif compared:
        found &= Q(metadata__contains={field.name: compared[""]})
    if "exists" in wanted:
        is_there = Q(metadata__has_key=field.name) & ~Q(metadata__contains={field.name: None})
        found &= is_there if wanted["exists"] else ~is_there
    return found


def _locked(field: MetadataField, precondition: Precondition) -> MetadataField:
    current: MetadataField = MetadataField.objects.select_for_update().get(pk=field.pk)
    precondition.check(current)
    return current


def _declared(
    actor: User, action: str, field: MetadataField, before: dict[str, Any] | None
) -> MetadataField:
    # Whoever writes a document holds its project's row meanwhile: those who came first have
    # ended when their values are looked at, and those who come later see the field.
    Project.objects.select_for_update().get(pk=field.project_id)
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError as error:
        raise MetadataFieldTaken(f"{field.name!r} is declared already.") from error
    record(actor=actor, action=action, target=field, project_id=field.project_id, before=before)
    field.misfits = index_field(field.pk)  # type: ignore[attr-defined]
    return field
