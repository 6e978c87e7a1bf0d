"""What the database makes JSON of is what the serializers say, for every kind of row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from annotations.models import Anchoring, Annotation, Kind
from annotations.serializers import AnnotationSerializer
from annotations.serializers.documents import CountedDocumentSerializer
from annotations.serializers.json_rows import ANNOTATION, COUNTED_DOCUMENT, reading
from config.api.json_rows import JSONRow, JSONRows, as_fragment
from documents.models import Document, Project, Status
from documents.serializers.json_rows import DOCUMENT, document_parameters
from documents.services.documents import upload_document
from documents.services.workers import note_alive
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def plain(value: Any) -> Any:
    """Return what DRF shows as JSON has it, with all times written alike."""
    return normal(orjson.loads(orjson.dumps(value, str)))


def normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: datetime.fromisoformat(one) if one and name.endswith("_at") else normal(one)
            for name, one in value.items()
        }
    return [normal(one) for one in value] if isinstance(value, list) else value


def text(**fields: Any) -> Document:
    made: Document = DocumentFactory.create(**fields)
    return made


def changed(**fields: Any) -> Callable[[], Document]:
    """Return how a document is made whose row has these values."""

    def make() -> Document:
        made = text()
        Document.objects.filter(pk=made.pk).update(**fields)
        return made

    return make


def uploaded() -> Document:
    return upload_document(
        actor=UserFactory.create(),
        project=text().project,
        file=ContentFile(b"Ada", name="übung 1.txt"),
        extraction_options={"boilerplate": "drop"},
    )


DOCUMENTS: dict[str, Callable[[], Document]] = {
    "a text": text,
    "one of which all is known": lambda: text(
        external_id='n"1\\\n',
        title="Zoë\u2028👩‍🔬",
        language="pt-BR",
        split="dev",
        tags=["a,b", "ü", '"'],
        metadata={"z": 1, "a": {"deep": [None, True, 1.5, 12345678901234567890]}, "ü": "\t"},
        iri="https://example.org/?a=1&b=2",
    ),
    "a duplicate": lambda: text(project=text(text="Ada").project, text="Ada"),
    "a file that waits": uploaded,
    "one that is read": changed(status=Status.PROCESSING, progress_done=3, progress_total=17),
    "of no pages": changed(status=Status.PROCESSING, progress_done=0, progress_total=0),
    "one that failed": changed(
        status=Status.FAILED, error_code="broken", error_detail='It is "broken".', revision=None
    ),
    "ready, and then failed": changed(error_code="too_large", error_detail=""),
    "without microseconds": changed(created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    "with few": changed(updated_at=datetime(2026, 1, 2, 3, 4, 5, 1200, tzinfo=UTC)),
    "of long ago": changed(created_at=datetime(987, 1, 2, tzinfo=UTC)),
}


@pytest.mark.parametrize("at_work", [False, True])
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_is_what_its_serializer_says(kind: str, at_work: bool) -> None:
    document = Document.objects.get(pk=DOCUMENTS[kind]().pk)
    if at_work:
        note_alive(name="worker@here")
    note_alive(name="live@here")  # which does no such work
    row = DOCUMENT.read([document.pk], document_parameters())[document.pk]
    document.annotation_count = 0  # type: ignore[attr-defined]  # as its serializer reads it
    shown = plain(CountedDocumentSerializer(document).data)
    assert shown.pop("annotation_count") == 0
    assert list(orjson.loads(row)) == list(shown)
    assert normal(orjson.loads(row)) == shown


def test_a_counted_document_has_the_members_of_its_serializer(project: Project) -> None:
    known = set(CountedDocumentSerializer().fields)
    assert set(COUNTED_DOCUMENT.members) == known - {"snippets"}  # which come where asked for


def span(**fields: Any) -> Annotation:
    made: Annotation = AnnotationFactory.create(**fields)
    return made


def of_document(**fields: Any) -> Annotation:
    kept = AnnotationSetFactory.create()
    label = LabelFactory.create(project=kept.project, kind=Kind.DOCUMENT)
    return span(annotation_set=kept, label=label, start=None, end=None, quote="", **fields)


_BOX = {"page": 2, "left": 72.0, "top": 90.5, "right": 210.25, "bottom": 104.0}
ANNOTATIONS: dict[str, Callable[[], Annotation]] = {
    "a span": span,
    "one of which all is known": lambda: span(
        prefix='"\\',
        suffix="\n",
        attributes={"b": [1.0, None], "a": "ü"},
        body="👩‍🔬",
        confidence=0.25,
    ),
    "of two fragments": lambda: span(
        start=0, end=16, fragments=[[0, 3], [13, 16]], quote="Ada liv"
    ),
    "of three, beyond the first plane": lambda: span(
        start=29,
        end=50,
        fragments=[[29, 32], [34, 37], [46, 49]],
        quote="👩‍🔬 She Zoë",
    ),
    "a region": lambda: span(
        start=None, end=None, quote="", page=2, boxes=[_BOX, _BOX | {"page": 3}]
    ),
    "of the document": of_document,
    "an answer": lambda: of_document(body="It is about her."),
    "one that was moved": lambda: span(anchoring=Anchoring.FUZZY, anchor_confidence=0.5),
    "one that was deleted": lambda: span(deleted_at=timezone.now(), version=7),
    "one of gold": lambda: span(derived_from=span()),
}


@pytest.mark.parametrize("kind", ANNOTATIONS)
def test_an_annotation_is_what_its_serializer_says(kind: str) -> None:
    annotation = Annotation.objects.get(pk=ANNOTATIONS[kind]().pk)
    row = ANNOTATION.read([annotation.pk], reading(annotation.author, annotation.project_id))
    shown = plain(AnnotationSerializer(annotation).data)
    assert list(orjson.loads(row[annotation.pk])) == list(shown)
    assert normal(orjson.loads(row[annotation.pk])) == shown


def test_rows_are_parsed_for_whoever_looks_into_them() -> None:
    rows = JSONRows(['{"a":1}', '{"a":2}'])
    assert len(rows) == 2
    assert rows[0] == {"a": 1}
    assert rows[-1:] == [{"a": 2}]
    assert [one["a"] for one in rows] == [1, 2]
    row = JSONRow('{"a":1}').extended(b=rows)
    assert len(row) == 2
    assert row["b"][1] == {"a": 2}
    assert dict(JSONRow("{}").extended(c=None)) == {"c": None}
    assert row.extended() is row


def test_nothing_else_is_taken_for_json() -> None:
    with pytest.raises(TypeError, match="set is no JSON"):
        as_fragment({"a"})
