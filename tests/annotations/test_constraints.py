"""The database refuses what the services would never send."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from django.db.models import ProtectedError

from annotations.models import Annotation, AnnotationSet, Kind, Label
from documents.models import Project
from tests.factories import AnnotationFactory, AnnotationSetFactory, LabelFactory


def refused(constraint: str, change: Any) -> None:
    with pytest.raises((IntegrityError, DataError), match=constraint), transaction.atomic():
        change()


@pytest.fixture
def annotation(project: Project) -> Annotation:
    made: Annotation = AnnotationFactory.create(
        annotation_set__document__project=project, label__name="person"
    )
    return made


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("annotation_start_before_end", {"start": 3, "end": 3}),
        ("annotation_start_before_end", {"start": 4, "end": 3}),
        ("annotation_start_before_end", {"start": None, "end": 3}),
        ("annotation_start_before_end", {"start": 0, "end": None}),
        ("annotation_start_check", {"start": -1}),
        ("annotation_span_has_quote", {"quote": ""}),
        ("annotation_confidence_from_0_to_1", {"confidence": 1.01}),
        ("annotation_confidence_from_0_to_1", {"confidence": -0.01}),
        ("annotation_confidence_from_0_to_1", {"confidence": float("nan")}),
        ("character varying", {"prefix": "p" * 33}),
    ],
)
def test_an_annotation_makes_sense(
    annotation: Annotation, constraint: str, columns: dict[str, Any]
) -> None:
    refused(constraint, lambda: Annotation.objects.update(**columns))


def test_a_document_label_is_given_once_in_a_set(annotation: Annotation) -> None:
    topic = LabelFactory.create(project=annotation.project, kind=Kind.DOCUMENT)
    own = annotation.annotation_set
    whole = {"annotation_set": own, "label": topic, "start": None, "end": None, "quote": ""}
    first = AnnotationFactory.create(**whole)
    refused("annotation_document_label_once_per_set", lambda: AnnotationFactory.create(**whole))
    Annotation.objects.filter(pk=first.pk).update(deleted_at=first.created_at)
    AnnotationFactory.create(**whole)


def test_spans_may_overlap_and_repeat(annotation: Annotation) -> None:
    AnnotationFactory.create(annotation_set=annotation.annotation_set, label=annotation.label)
    assert Annotation.objects.count() == 2


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("annotation_set_state_known", {"state": "lost"}),
        ("annotation_set_returned_has_reason", {"state": "returned", "reason": ""}),
    ],
)
def test_a_set_is_in_a_state_that_makes_sense(
    annotation: Annotation, constraint: str, columns: dict[str, Any]
) -> None:
    refused(constraint, lambda: AnnotationSet.objects.update(**columns))


def test_an_annotator_has_one_set_on_a_text(annotation: Annotation) -> None:
    own = annotation.annotation_set
    refused(
        "annotation_set_one_per_annotator",
        lambda: AnnotationSetFactory.create(document=own.document, author=own.author),
    )


def test_a_label_s_name_is_unique_in_its_project_and_kind(annotation: Annotation) -> None:
    same = {"project": annotation.project, "name": "person"}
    refused("label_name_unique_in_project_and_kind", lambda: LabelFactory.create(**same))
    LabelFactory.create(**same, kind=Kind.DOCUMENT)
    LabelFactory.create(**same, archived_at=annotation.created_at)


def test_a_label_s_kind_is_one_of_those_known(annotation: Annotation) -> None:
    refused("label_kind_known", lambda: Label.objects.update(kind="planet"))


def test_what_is_in_use_is_not_cascaded_away(annotation: Annotation) -> None:
    own = annotation.annotation_set
    for row in (annotation.label, own, own.revision, own.document, own.author, own.project):
        with pytest.raises(ProtectedError):
            row.delete()
