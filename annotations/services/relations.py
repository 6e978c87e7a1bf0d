"""Write relations between annotations of one set; those of an annotation go and come with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotations.errors import EndDeleted, InvalidRelation, RelationExists
from annotations.models import Annotation, Relation
from annotations.services.joining import RelationBuilder, builder_in
from annotations.services.sets import hold_for_writing, lock_for_writing
from annotations.services.targets import Fields
from config.api.concurrency import ANY_VERSION, Precondition
from documents.models import Document
from users.copying import add_rows, change_rows
from users.models import User
from users.services.events import Change, record, record_changes, record_many

CHANGED = ("label", "schema_version_id", "attributes", "body", "confidence")
_GONE = ("deleted_at", "version", "updated_at")


@dataclass(frozen=True)
class BulkRelation:
    """How one item of a bulk request ended: a relation, or why there is none."""

    relation: Relation | None = None
    problem: InvalidRelation | RelationExists | None = None


@transaction.atomic
def create_relation(
    *, author: User, document: Document, fields: Fields, set_id: UUID | None = None
) -> Relation:
    """Join two annotations of a set that the author may write.

    Raises InvalidRelation, RelationExists, NotYours, SetClosed, BeingReanchored.
    """
    builder = _builder(author, document, [fields], set_id)
    relation = builder.build(fields)
    save_relation(relation)
    record(actor=author, action="relation.created", target=relation, project_id=document.project_id)
    return relation


@transaction.atomic
def create_relations(
    *, author: User, document: Document, items: Sequence[Fields], set_id: UUID | None = None
) -> list[BulkRelation]:
    """Add many relations of one set in one statement; what does not fit is told by item.

    The set is that of the first item's source, unless named. Raises InvalidRelation (where that
    is not there), NotYours, SetClosed, BeingReanchored.
    """
    builder = _builder(author, document, items, set_id)
    joined = _joined(items)
    results = [_try_build(builder, item, joined) for item in items]
    good = [result.relation for result in results if result.relation]
    add_rows(good)
    record_many(
        actor=author,
        action="relation.created",
        targets=[(relation, None) for relation in good],
        project_id=document.project_id,
    )
    return results


@transaction.atomic
def update_relation(
    *, author: User, relation: Relation, precondition: Precondition, changes: Fields
) -> Relation:
    """Change a relation of one's own, but for its ends; raises as create, and StaleVersion."""
    current = _held(author, relation, precondition)
    before = current.snapshot()
    said = {name: getattr(current, name) for name in ("attributes", "body", "confidence")}
    ends = {"source": current.source_id, "target": current.target_id, "label": current.label_id}
    fields = ends | said | changes
    builder = builder_in(author, current.annotation_set, [fields], keeps={current.label_id})
    built = builder.build(fields)
    for name in CHANGED:
        setattr(current, name, getattr(built, name))
    return _saved(author, "relation.updated", current, before)


@transaction.atomic
def delete_relation(*, author: User, relation: Relation, precondition: Precondition) -> None:
    """Delete a relation of one's own; it can be restored. Raises StaleVersion, NotYours."""
    current = _held(author, relation, precondition)
    before = current.snapshot()
    current.deleted_at = timezone.now()
    _saved(author, "relation.deleted", current, before)


@transaction.atomic
def restore_relation(*, author: User, relation: Relation) -> Relation:
    """Bring a deleted relation back; raises EndDeleted, RelationExists, NotYours, SetClosed."""
    current = _held(author, relation, ANY_VERSION)
    if current.deleted_at is None:  # a simultaneous request was first
        return current
    ends = Annotation.objects.filter(pk__in=[current.source_id, current.target_id])
    if ends.exclude(deleted_at=None).exists():
        raise EndDeleted("Restore both annotations first.")
    before = current.snapshot()
    current.deleted_at = None
    return _saved(author, "relation.restored", current, before)


def delete_with(author: User, annotation: Annotation) -> None:
    """Delete the relations of an annotation that is being deleted; its set is held."""
    relations = list(_of(annotation).filter(deleted_at=None))
    changes = [_marked("relation.deleted", one, annotation.deleted_at) for one in relations]
    _write(author, relations, changes)


def restore_with(author: User, annotation: Annotation, gone_at: datetime) -> None:
    """Bring back the relations that went with an annotation; its set is held.

    One whose other end is deleted too waits for that: from now on it is as if gone with it.
    """
    relations = list(_of(annotation).filter(deleted_at=gone_at))
    changes = []
    for one in relations:
        other = one.target if one.source_id == annotation.pk else one.source
        action = "relation.updated" if other.deleted_at else "relation.restored"
        changes.append(_marked(action, one, other.deleted_at))
    _write(author, relations, changes)


def _write(author: User, relations: list[Relation], changes: list[Change]) -> None:
    if relations:
        change_rows(relations, _GONE)
        project_id = relations[0].project_id
        record_changes(actor=author, changes=changes, project_id=project_id)


def _of(annotation: Annotation) -> QuerySet[Relation]:
    rows = Relation.objects.select_for_update(of=("self",)).select_related("source", "target")
    ends = Q(source=annotation) | Q(target=annotation)
    found: QuerySet[Relation] = rows.filter(ends).order_by("pk")
    return found


def _marked(action: str, relation: Relation, deleted_at: datetime | None) -> Change:
    before = relation.snapshot()
    relation.deleted_at = deleted_at
    relation.version += 1
    relation.updated_at = timezone.now()
    return Change(action, relation, before, relation.snapshot())


def _builder(
    author: User, document: Document, items: Sequence[Fields], set_id: UUID | None
) -> RelationBuilder:
    if set_id is None:
        seen = Annotation.objects.visible_to(author).live().filter(document=document)
        of_first = seen.filter(pk=items[0]["source"]).values_list("annotation_set_id", flat=True)
        set_id = of_first.first()
        if set_id is None:
            detail = "The document has no such annotation."
            raise InvalidRelation("source", "unknown_annotation", detail)
    writable = hold_for_writing(author=author, document=document, set_id=set_id)
    return builder_in(author, writable.annotation_set, items)


def _joined(items: Sequence[Fields]) -> set[tuple[UUID, UUID, UUID]]:
    """Return what is joined already by any of the items' labels, from any of their sources."""
    rows = Relation.objects.live().filter(source__in={item["source"] for item in items})
    return set(rows.values_list("source_id", "target_id", "label_id"))


def _try_build(
    builder: RelationBuilder, fields: Fields, joined: set[tuple[UUID, UUID, UUID]]
) -> BulkRelation:
    try:
        relation = builder.build(fields)
    except InvalidRelation as problem:
        return BulkRelation(problem=problem)
    key = (relation.source_id, relation.target_id, relation.label_id)
    if key in joined:
        return BulkRelation(problem=_exists(relation))
    joined.add(key)
    return BulkRelation(relation)


def _held(author: User, relation: Relation, precondition: Precondition) -> Relation:
    """Return a relation under lock, with its set; raises NotYours, SetClosed, StaleVersion."""
    writable = lock_for_writing(
        author=author, set_id=relation.annotation_set_id, document_id=relation.document_id
    )
    rows = Relation.objects.select_for_update(of=("self",)).select_related("label")
    current: Relation = rows.get(pk=relation.pk)
    precondition.check(current)
    current.annotation_set = writable.annotation_set
    return current


def _saved(author: User, action: str, relation: Relation, before: Fields) -> Relation:
    relation.version += 1
    save_relation(relation)
    record(
        actor=author,
        action=action,
        target=relation,
        project_id=relation.project_id,
        before=before,
    )
    return relation


def save_relation(relation: Relation) -> None:
    """Write a row in the words of the API; raises RelationExists."""
    try:
        with transaction.atomic():
            relation.save()
    except IntegrityError as error:
        if "relation_once_between_two" not in str(error):
            raise
        raise _exists(relation) from error


def _exists(relation: Relation) -> RelationExists:
    return RelationExists(f"{relation.label.name!r} joins these two already.")
