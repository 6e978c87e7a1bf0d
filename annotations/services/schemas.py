"""Schemas as documents: read one, make a project's labels what one says, copy one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Count, F, Model
from django.db.models.functions import Cast
from django.utils import timezone

from annotations import schema
from annotations.models import Annotation, Label, Relation, SchemaVersion
from annotations.services.schema_plan import Entry, Plan, plan
from config.api.concurrency import ANY_VERSION, Precondition
from documents.models import Project
from users.copying import change_rows
from users.models import User
from users.services.events import Change, record_changes

WRITTEN = (
    "name",
    "color",
    "shortcut",
    "description",
    "position",
    "parent_id",
    "attribute_schema",
    "joins",
    "merged_into_id",
    "archived_at",
    "version",
    "updated_at",
)


@dataclass
class Schema:
    """A project's schema as one document; version 0 is that of a project without a label."""

    project_id: UUID
    version: int
    labels: list[Entry]
    created_at: datetime | None = None


@dataclass(frozen=True)
class Changes:
    """What a document changes, or would change, as lists of what is told of each label."""

    dry_run: bool
    version: int
    created: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    archived: list[dict[str, Any]]
    restored: list[dict[str, Any]]
    unchanged: int
    left_out: int


def current_schema(project: Project) -> Schema:
    """Return the schema as it is now."""
    version = SchemaVersion.objects.filter(project=project).order_by("-number").first()
    if version is None:
        return Schema(project.pk, 0, [])
    labels = Label.objects.filter(project=project).order_by("position", "pk")
    entries = [_entry(schema.describe(label)) for label in labels]
    return Schema(project.pk, version.number, entries, version.created_at)


def schema_at(version: SchemaVersion) -> Schema:
    """Return the schema as it was at a version."""
    entries = [_entry(kept) for kept in version.labels]
    return Schema(version.project_id, version.number, entries, version.created_at)


@transaction.atomic
def put_schema(
    *,
    actor: User,
    project: Project,
    precondition: Precondition,
    entries: list[Entry],
    archive_missing: bool = False,
    dry_run: bool = False,
) -> Changes:
    """Make a project's labels what a document says; return what that changes.

    A label is known by its id, else by kind and name. What the document does not name stays, or is
    archived where `archive_missing`. One version and an event for each label; none for nothing.
    Raises StaleVersion, InvalidLabel.
    """
    schema.hold(project.pk)
    precondition.check(current_schema(project))
    made = plan(project, entries, archive_missing=archive_missing)
    told = _told(made, dry_run=dry_run)
    if dry_run or not (made.created or made.changed):
        return told
    _write(made)
    schema.add_version(author=actor, project_id=project.pk)
    record_changes(actor=actor, changes=_events(made), project_id=project.pk)
    return told


def copy_schema(*, actor: User, project: Project, source: Project, dry_run: bool) -> Changes:
    """Give a project the live labels of another one; raises InvalidLabel.

    Labels of the same kind and name become what they are there; all others stay.
    """
    return put_schema(
        actor=actor,
        project=project,
        precondition=ANY_VERSION,
        entries=[_as_given(entry) for entry in current_schema(source).labels],
        dry_run=dry_run,
    )


def _entry(kept: dict[str, Any]) -> Entry:
    """Return a label as a document has it, of what a version keeps."""
    entry = {name: value for name, value in kept.items() if name != "parent_id"}
    joins = [{"source": source, "target": target} for source, target in kept["joins"]]
    return entry | {"parent": kept["parent_id"], "joins": joins}


def _as_given(entry: Entry) -> Entry:
    return entry | {"id": UUID(entry["id"])}


def _write(made: Plan) -> None:
    """Write the labels; names are put aside first, for two may change places."""
    changed, now = made.changed, timezone.now()
    ids = [label.pk for label in changed]
    Label.objects.filter(pk__in=ids).update(name=Cast(F("pk"), CharField()))
    Label.objects.bulk_create(made.created)
    for label in changed:
        label.version += 1
        label.updated_at = now
    change_rows(changed, WRITTEN)


def _events(made: Plan) -> Iterable[Change]:
    for label in made.created:
        yield Change("label.created", label, None, label.snapshot())
    for label in made.changed:
        action = _action(made, label)
        yield Change(f"label.{action}", label, made.before[label.pk], label.snapshot())


def _action(made: Plan, label: Label) -> str:
    """Return what happens to a label that changes: archived, restored or updated."""
    before, after = made.before[label.pk]["archived_at"], label.archived_at
    if (before is None) == (after is None):
        return "updated"
    return "archived" if before is None else "restored"


def _told(made: Plan, *, dry_run: bool) -> Changes:
    changed = {label: _action(made, label) for label in made.changed}
    moves = made.created or changed
    version = schema.current_number(made.project.pk)

    def those(action: str) -> list[dict[str, Any]]:
        return [
            _name(label) | {"members": made.members(label)}
            for label, done in changed.items()
            if done == action
        ]

    return Changes(
        dry_run=dry_run,
        version=version + bool(moves and not dry_run),
        created=[_name(label) for label in made.created],
        changed=those("updated"),
        archived=_with_uses(those("archived")),
        restored=those("restored"),
        unchanged=len(made.before) - len(changed),
        left_out=made.given.count(None),
    )


def _name(label: Label) -> dict[str, Any]:
    return {"id": label.pk, "kind": label.kind, "name": label.name}


def _with_uses(archived: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same with how many live annotations and relations each label has."""
    ids = [told["id"] for told in archived]
    annotations, relations = _count(Annotation, ids), _count(Relation, ids)
    return [
        told
        | {"annotations": annotations.get(told["id"], 0), "relations": relations.get(told["id"], 0)}
        for told in archived
    ]


def _count(model: type[Model], ids: list[UUID]) -> dict[UUID, int]:
    rows: Any = model._default_manager.filter(label__in=ids, deleted_at=None)  # noqa: SLF001
    return dict(rows.order_by().values_list("label").annotate(Count("pk")))
