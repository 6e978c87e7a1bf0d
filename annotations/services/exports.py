"""Take a project's documents and annotations out, in flat memory whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from annotations.models import Annotation, AnnotationSet
from documents.models import Document, Project
from documents.offsets import OffsetUnit, from_code_points
from users.models import User

# A batch ends at whichever comes first.
BATCH = 200
BATCH_CHARACTERS = 500_000
Record = dict[str, Any]


def records(
    *, reader: User, project: Project, states: Collection[str], unit: OffsetUnit
) -> Iterator[Record]:
    """Yield each ready document with its text and the sets that the reader sees.

    Reads a batch at a time by keyset, each in statements of its own: a slow client holds no
    transaction, no cursor and no connection's memory. `states` limits the sets; empty takes all.
    """
    for documents in _batches(reader, project):
        sets = _sets(reader, documents, states)
        annotations = _annotations([one.pk for several in sets.values() for one in several])
        for document in documents:
            yield _record(document, sets[document.pk], annotations, unit)


def _batches(reader: User, project: Project) -> Iterator[list[Document]]:
    visible = Document.objects.visible_to(reader).live().filter(project=project)
    rows = visible.exclude(revision=None).order_by("id")
    ahead = rows
    while ids := _next_ids(ahead):
        ahead = rows.filter(pk__gt=ids[-1])
        with_text = rows.select_related("revision").defer("revision__layout")
        yield list(with_text.filter(pk__in=ids))


def _next_ids(rows: QuerySet[Document]) -> list[UUID]:
    """Return the first ids of which the texts are few and short enough to be held at once."""
    ids: list[UUID] = []
    held = 0
    for pk, length in rows.values_list("pk", "revision__length")[:BATCH]:
        held += length
        if ids and held > BATCH_CHARACTERS:
            break
        ids.append(pk)
    return ids


def _sets(
    reader: User, documents: list[Document], states: Collection[str]
) -> dict[UUID, list[AnnotationSet]]:
    revisions = [document.revision_id for document in documents]
    rows = AnnotationSet.objects.visible_to(reader).filter(revision_id__in=revisions)
    if states:
        rows = rows.filter(state__in=states)
    found: dict[UUID, list[AnnotationSet]] = defaultdict(list)
    for annotation_set in rows.select_related("author").order_by("id"):
        found[annotation_set.document_id].append(annotation_set)
    return found


def _annotations(set_ids: list[UUID]) -> dict[UUID, list[Annotation]]:
    rows = Annotation.objects.live().filter(annotation_set_id__in=set_ids).select_related("label")
    ordered = rows.order_by("annotation_set_id", "start", "end", "id")
    return {key: list(group) for key, group in groupby(ordered, lambda row: row.annotation_set_id)}


def _record(
    document: Document,
    sets: list[AnnotationSet],
    annotations: dict[UUID, list[Annotation]],
    unit: OffsetUnit,
) -> Record:
    revision = document.revision
    assert revision is not None, "only documents with a text are exported"
    return {
        "id": document.pk,
        "external_id": document.external_id,
        "title": document.title,
        "language": document.language,
        "split": document.split,
        "tags": document.tags,
        "metadata": document.metadata,
        "media_type": document.media_type,
        "sha256": document.sha256,
        "revision": {"id": revision.pk, "number": revision.number, "sha256": revision.sha256},
        "offset_unit": unit,
        "text": revision.text,
        "annotation_sets": [
            _set(one, annotations.get(one.pk, []), revision.text, unit) for one in sets
        ],
    }


def _set(
    annotation_set: AnnotationSet, annotations: list[Annotation], text: str, unit: OffsetUnit
) -> Record:
    return {
        "id": annotation_set.pk,
        "kind": annotation_set.kind,
        "state": annotation_set.state,
        "author": {
            "id": annotation_set.author.pk,
            "email": annotation_set.author.email,
            "name": annotation_set.author.name,
        },
        "submitted_at": annotation_set.submitted_at,
        "reviewed_at": annotation_set.reviewed_at,
        "annotations": [_annotation(annotation, text, unit) for annotation in annotations],
    }


def _annotation(annotation: Annotation, text: str, unit: OffsetUnit) -> Record:
    record = {
        "id": annotation.pk,
        "label": {"id": annotation.label.pk, "name": annotation.label.name},
        "kind": annotation.label.kind,
        "body": annotation.body,
        "confidence": annotation.confidence,
        "created_at": annotation.created_at,
        "updated_at": annotation.updated_at,
    }
    if annotation.start is not None and annotation.end is not None:
        record["start"] = from_code_points(text, annotation.start, unit)
        record["end"] = from_code_points(text, annotation.end, unit)
        record["quote"] = annotation.quote
    return record
