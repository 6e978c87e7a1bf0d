"""What rows say of their documents becomes a set of the import's, each with its event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone

from annotations import schema
from annotations.formats.mapping import RowAnnotation, RowRelation
from annotations.jobs.importing.batch import Prepared
from annotations.jobs.importing.fitting import Fitting, fault_of_relation
from annotations.jobs.importing.labels import Labels, name_of
from annotations.jobs.importing.said_before import Key, SaidBefore, key_of
from annotations.models import Annotation, AnnotationSet, Relation, SetKind, State
from documents.intake import Ended
from documents.models import Document, Job, JobError, Project
from users.copying import copy_models, new_like
from users.services.events import Change, record_changes

# The text of these was there before, and need not be the row's.
KNOWN = frozenset({Ended.UPDATED, Ended.UNCHANGED})
Taken = tuple[Prepared, Ended, Document]


class Sets:
    """Sets, annotations and relations of a batch: gathered by document, written at once."""

    def __init__(self, job: Job, labels: Labels, taken: Sequence[Taken]) -> None:
        self.errors: list[JobError] = []
        self._job, self._labels, self._now = job, labels, timezone.now()
        self._sets: list[AnnotationSet] = []
        self._annotations: list[Annotation] = []
        self._relations: list[Relation] = []
        labelled = [each for each in taken if each[0].annotations]
        self._schema_version_id = schema.current_id(job.project_id) if labelled else 0
        allows_overlap = not labelled or Project.objects.hold_overlap(job.project_id)
        self._fitting = Fitting(allows_overlap=allows_overlap)
        self._blank = Annotation(**self._in_all(), exclusive=not allows_overlap)
        texts = {each.revision_id for _, ended, each in labelled if ended in KNOWN}
        self._before = SaidBefore(job, {text for text in texts if text})
        for prepared, ended, document in labelled:
            self._take(prepared, ended, document)

    def write(self) -> int:
        """Write all of them with their events; return how many annotations there are."""
        changes = []
        told = (
            ("set.imported", self._sets),
            ("annotation.created", self._annotations),
            ("relation.created", self._relations),
        )
        for action, made in told:
            if made:
                copy_models(made)
                changes += [Change(action, each, None, each.snapshot()) for each in made]
        if changes:
            record_changes(
                actor=self._job.created_by, changes=changes, project_id=self._job.project_id
            )
        return len(self._annotations)

    def _take(self, prepared: Prepared, ended: Ended, document: Document) -> None:
        text = document.revision_id
        if text is None or (
            ended in KNOWN and not self._before.is_text(text, prepared.item.sha256)
        ):
            detail = "The document has another text, so that its labels were not taken."
            self.errors.append(prepared.error("text", "text_differs", detail))
            return
        built = [self._annotation(one, document, text) for one in prepared.annotations]
        keys = [key_of(annotation) for annotation in built]
        joins = {
            (keys[one.source], keys[one.target], self._labels.found[name_of(one)].pk): one
            for one in prepared.relations
        }
        if self._before.has(text, set(keys), joins.keys()):
            return
        ours = self._before.ours.get(text) or self._open(document, text)
        known = self._before.of(text, ours.pk)
        for key, annotation in zip(keys, built, strict=True):
            annotation.annotation_set_id = ours.pk
            if key not in known and self._fits(prepared, annotation):
                known[key] = annotation.pk
                self._annotations.append(annotation)
        self._join(prepared, ours, known, joins)

    def _fits(self, prepared: Prepared, annotation: Annotation) -> bool:
        fault = self._fitting.fault_of(annotation)
        if fault:
            self.errors.append(prepared.error("annotations", *fault))
        return fault is None

    def _join(
        self,
        prepared: Prepared,
        ours: AnnotationSet,
        known: dict[Key, UUID],
        joins: dict[tuple[Key, Key, UUID], RowRelation],
    ) -> None:
        """Add the relations of which both ends are in the set."""
        for (source, target, _), said in joins.items():
            if source not in known or target not in known:
                continue
            relation = self._relation(said, ours, known[source], known[target])
            join = (relation.source_id, relation.target_id, relation.label_id)
            if join in self._before.joined[ours.pk]:
                continue
            fault = fault_of_relation(relation, source[0], target[0])
            if fault:
                self.errors.append(prepared.error("relations", *fault))
                continue
            self._before.joined[ours.pk].add(join)
            self._relations.append(relation)

    def _open(self, document: Document, text: UUID) -> AnnotationSet:
        ours = AnnotationSet(
            project_id=document.project_id,
            document=document,
            revision_id=text,
            kind=SetKind.IMPORT,
            author=self._job.created_by,
            job=self._job,
            state=State.SUBMITTED,
            submitted_at=self._now,
            created_at=self._now,
            updated_at=self._now,
        )
        self._sets.append(ours)
        self._before.ours[text] = ours
        return ours

    def _annotation(self, said: RowAnnotation, document: Document, text: UUID) -> Annotation:
        place: dict[str, Any] = vars(said.anchor) if said.anchor else {}
        if said.fragments:
            place["fragments"] = [list(one) for one in said.fragments]
        if said.boxes:
            place = {"page": said.boxes[0].page, "boxes": [asdict(one) for one in said.boxes]}
        made = new_like(
            self._blank,
            document_id=document.pk,
            revision_id=text,
            **_content(said),
            **place,
        )
        made.label = self._labels.found[name_of(said)]
        return made

    def _relation(
        self, said: RowRelation, ours: AnnotationSet, source: UUID, target: UUID
    ) -> Relation:
        return Relation(
            document_id=ours.document_id,
            annotation_set=ours,
            source_id=source,
            target_id=target,
            label=self._labels.found[name_of(said)],
            **self._in_all(),
            **_content(said),
        )

    def _in_all(self) -> dict[str, Any]:
        """Return the columns that are the same in all annotations and relations."""
        return {
            "project_id": self._job.project_id,
            "schema_version_id": self._schema_version_id,
            "author": self._job.created_by,
            "created_at": self._now,
            "updated_at": self._now,
        }


def _content(said: RowAnnotation | RowRelation) -> dict[str, Any]:
    """Return the columns that annotations and relations have alike."""
    attributes = {} if said.attributes == "{}" else json.loads(said.attributes)
    return {"attributes": attributes, "body": said.body, "confidence": said.confidence}
