"""How documents, sets, annotations and relations look in an export: our own format, in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from annotations.anchoring import fragments
from annotations.models import Anchoring, Annotation, AnnotationSet, Relation
from documents.models import Document, Revision
from documents.offsets import OffsetUnit, from_code_points

Record = dict[str, Any]
Texts = Mapping[UUID | None, Revision]


def document_record(
    document: Document, revision: Revision, unit: OffsetUnit, sets: list[Record]
) -> Record:
    """Return a document with one of its texts and what was said of it."""
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
        "revision": _of_revision(revision),
        "offset_unit": unit,
        "text": revision.text,
        "annotation_sets": sets,
    }


def set_record(
    annotation_set: AnnotationSet,
    annotations: list[Annotation],
    relations: list[Relation],
    texts: Texts,
    unit: OffsetUnit,
) -> Record:
    """Return a set with what is in it; what has no place in its text comes apart."""
    lost = [one for one in annotations if one.anchoring == Anchoring.LOST]
    placed = [one for one in annotations if one.anchoring != Anchoring.LOST]
    record: Record = {
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
        "annotations": [_annotation(one, texts, unit) for one in placed],
    }
    if annotation_set.model_run:
        run = annotation_set.model_run
        told = ("id", "name", "model_version", "parameters", "description")
        record["model_run"] = {name: getattr(run, name) for name in told}
    if lost:
        record["lost"] = [_lost(one, texts, unit) for one in lost]
    if relations:
        record["relations"] = [_relation(one) for one in relations]
    return record


def _of_revision(revision: Revision) -> Record:
    return {"id": revision.pk, "number": revision.number, "sha256": revision.sha256}


def _lost(annotation: Annotation, texts: Texts, unit: OffsetUnit) -> Record:
    """Return what has no place in the present text, with the one that its offsets count by."""
    former = texts[annotation.revision_id]
    return _annotation(annotation, texts, unit) | {"revision": _of_revision(former)}


def _annotation(annotation: Annotation, texts: Texts, unit: OffsetUnit) -> Record:
    record = _said(annotation)
    if annotation.derived_from_id:
        record["derived_from"] = annotation.derived_from_id
    if annotation.anchoring != Anchoring.WRITTEN:
        record["anchoring"] = annotation.anchoring
        record["anchor_confidence"] = annotation.anchor_confidence
    if annotation.boxes is not None:
        record["boxes"] = annotation.boxes
    if annotation.start is None or annotation.end is None:
        return record
    text = texts[annotation.revision_id].text
    record["start"] = from_code_points(text, annotation.start, unit)
    record["end"] = from_code_points(text, annotation.end, unit)
    record["quote"] = annotation.quote
    if annotation.fragments is not None:
        record["fragments"] = [
            one._asdict()
            | {name: from_code_points(text, getattr(one, name), unit) for name in ("start", "end")}
            for one in fragments(annotation.quote, annotation.fragments)
        ]
    return record


def _relation(relation: Relation) -> Record:
    return _said(relation) | {"source": relation.source_id, "target": relation.target_id}


def _said(one: Annotation | Relation) -> Record:
    """Return what both tell: with which label, of which version of the schema, and what more."""
    return {
        "id": one.pk,
        "label": {"id": one.label.pk, "name": one.label.name},
        "kind": one.label.kind,
        "schema_version": one.schema_number,  # type: ignore[union-attr]  # added by the query
        "attributes": one.attributes,
        "body": one.body,
        "confidence": one.confidence,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }
