"""The versions of a project's schema: all its labels as they were after a change of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Max, OuterRef, QuerySet, Subquery

from annotations.models import Label, SchemaVersion
from documents.models import Project
from users.models import User


def hold(project_id: UUID) -> None:
    """Lock the schema, before any label of it: whoever changes labels comes one after the other."""
    Project.objects.select_for_update(no_key=True).get(pk=project_id)


def current_number(project_id: UUID) -> int:
    """Return the number of the version that holds now; 0 before the project's first label."""
    versions = SchemaVersion.objects.filter(project_id=project_id)
    return int(versions.aggregate(last=Max("number"))["last"] or 0)


def add_version(*, author: User | None, project_id: UUID) -> SchemaVersion:
    """Keep the schema as it is now, in the transaction of a change that holds it."""
    labels = Label.objects.filter(project_id=project_id).order_by("position", "pk")
    return SchemaVersion.objects.create(
        project_id=project_id,
        number=current_number(project_id) + 1,
        labels=[describe(label) for label in labels],
        author=author,
    )


def current_id(project_id: UUID) -> int:
    """Return the id of the version that holds now, of a project that has had a label."""
    versions = SchemaVersion.objects.filter(project_id=project_id)
    found: int = versions.order_by("-number").values_list("pk", flat=True)[:1].get()
    return found


def labels_of(project_id: UUID) -> QuerySet[Label]:
    """Return a project's labels, each with the id of the version that holds now."""
    versions = SchemaVersion.objects.filter(project=OuterRef("project")).order_by("-number")
    labels: QuerySet[Label] = Label.objects.filter(project_id=project_id)
    return labels.annotate(schema_version=Subquery(versions.values("pk")[:1]))


def describe(label: Label) -> dict[str, Any]:
    """Return a label as a version keeps it."""
    return {
        "id": str(label.pk),
        "kind": label.kind,
        "name": label.name,
        "color": label.color,
        "shortcut": label.shortcut,
        "description": label.description,
        "position": label.position,
        "parent_id": str(label.parent_id) if label.parent_id else None,
        "attribute_schema": label.attribute_schema,
        "joins": label.joins,
        "archived": label.archived_at is not None,
    }
