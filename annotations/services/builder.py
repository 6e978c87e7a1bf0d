"""Build annotations from what clients send, each verified against labels and text; saves none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotations.anchoring import AnchorError, anchor
from annotations.errors import InvalidAnnotation
from annotations.models import Annotation, AnnotationSet, Kind, Label
from documents.offsets import OffsetUnit

Fields = dict[str, Any]


@dataclass(frozen=True)
class AnnotationBuilder:
    """Knows the set, its text, the labels that may be given, and what offsets count."""

    annotation_set: AnnotationSet
    text: str
    labels: dict[UUID, Label]
    unit: OffsetUnit

    def build(self, fields: Fields) -> Annotation:
        """Return the verified annotation of the set's author, unsaved; raises InvalidAnnotation.

        `fields`: label (id), for a span start, end and maybe quote; body and confidence.
        """
        label = self.labels.get(fields["label"])
        if label is None:
            detail = "The project has no such label in use."
            raise InvalidAnnotation("label", "unknown_label", detail)
        return Annotation(
            project_id=self.annotation_set.project_id,
            document_id=self.annotation_set.document_id,
            annotation_set=self.annotation_set,
            author=self.annotation_set.author,
            label=label,
            body=fields.get("body", ""),
            confidence=fields.get("confidence"),
            **self._target(label, fields),
        )

    def _target(self, label: Label, fields: Fields) -> Fields:
        start, end = fields.get("start"), fields.get("end")
        if label.kind == Kind.DOCUMENT:
            return self._whole_document(label, fields)
        if start is None or end is None:
            member = "start" if start is None else "end"
            raise InvalidAnnotation(member, "required", f"{label.name!r} is put on a span of text.")
        try:
            span = anchor(
                self.text, start=start, end=end, quote=fields.get("quote"), unit=self.unit
            )
        except AnchorError as error:
            raise InvalidAnnotation.from_anchor(error) from error
        return vars(span)

    def _whole_document(self, label: Label, fields: Fields) -> Fields:
        for member in ("start", "end", "quote"):
            if fields.get(member) is not None:
                detail = f"{label.name!r} is said of the whole document; leave {member} out."
                raise InvalidAnnotation(member, "not_a_span_label", detail)
        return {"start": None, "end": None}
