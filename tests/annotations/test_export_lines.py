"""The lines that PostgreSQL writes are the records that Python would tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.formats import jsonl
from annotations.models import Anchoring, Annotation, AnnotationSet, Kind, ModelRun, SetKind, State
from annotations.services import exports
from documents.models import Document, Project, Revision
from documents.offsets import OffsetUnit
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    MembershipFactory,
    ProjectFactory,
    RelationFactory,
    UserFactory,
)
from users.models import User

pytestmark = pytest.mark.django_db
ODD = 'q"\\/\b\f\n\r\t\x01\x1f\x7f\u2028\u2029 </script> é 字 👩‍🔬 {}[],:%s$1'
DIGITS = "1234567890123456789012"
ON_THE_SECOND = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WITH_ZEROS = datetime(1999, 12, 31, 23, 59, 59, 120_000, tzinfo=UTC)
# Ids, lines, and no ids any more.
ALL_WRITTEN = 3
BOXES = [{"page": 0, "left": 1.5, "top": 0.1, "right": 110.0, "bottom": 1e-7}]


def both(
    reader: User, project: Project, states: tuple[str, ...] = ()
) -> tuple[list[Any], list[Any], bool]:
    """Return the records of both ways, as pairs in their order, and whether Python wrote some."""
    asked: dict[str, Any] = {"reader": reader, "project": project, "states": states}
    asked["unit"] = OffsetUnit.CODE_POINTS
    with CaptureQueriesContext(connection) as queries:
        written = b"".join(exports.lines(**asked)).split(b"\n")
    assert written.pop() == b""
    told = [line[:-1] for line in jsonl.write(exports.records(**asked))]
    read = [[json.loads(one, object_pairs_hook=list) for one in lines] for lines in (written, told)]
    return read[0], read[1], len(queries) > ALL_WRITTEN


@pytest.fixture
def chief() -> User:
    person: User = UserFactory.create(is_superuser=True)
    return person


@pytest.fixture
def own_set(project: Project) -> AnnotationSet:
    """Return a set of which all columns are odd."""
    author = UserFactory.create(name=ODD, email="o'hara@example.org")
    document = DocumentFactory.create(project=project, title="A\tB", external_id='"1"', text=ODD)
    document.metadata = {ODD: [None, True, 0.1, 1e-7, -3, 2**53, {"b": 1, "a": []}], "": ""}
    document.tags, document.split, document.language = ["a,b", '"', "{}"], "dev", "pt-BR"
    document.save()
    made: AnnotationSet = AnnotationSetFactory.create(
        document=document,
        author=author,
        state=State.APPROVED,
        submitted_at=ON_THE_SECOND,
        reviewed_at=WITH_ZEROS,
    )
    return made


def say(own_set: AnnotationSet, **columns: Any) -> Annotation:
    said: Annotation = AnnotationFactory.create(annotation_set=own_set, **columns)
    return said


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"attributes": {ODD: [1.0, 0.25, None, {"deep": ODD}]}, "body": ODD, "confidence": 1.0},
        {"confidence": 0.1, "quote": ODD, "start": 7, "end": 9},
        {"anchoring": Anchoring.EXACT, "anchor_confidence": 1.0},
        {"anchoring": Anchoring.FUZZY, "anchor_confidence": 0.62},
        {"anchoring": Anchoring.PLACED},
        {"start": None, "end": None, "quote": ""},
        {"start": None, "end": None, "quote": "", "page": 0, "boxes": BOXES},
        {"deleted_at": ON_THE_SECOND},
    ],
)
def test_every_kind_of_annotation_is_told_alike(
    chief: User, own_set: AnnotationSet, columns: dict[str, Any]
) -> None:
    first = say(own_set)
    say(own_set, derived_from=first, label=first.label, **columns)
    written, told, is_left = both(chief, own_set.project)
    assert written == told
    assert not is_left


@pytest.mark.parametrize("at", [ON_THE_SECOND, WITH_ZEROS])
def test_times_are_told_alike(chief: User, own_set: AnnotationSet, at: datetime) -> None:
    say(own_set)
    Annotation.objects.update(created_at=at)
    written, told, _ = both(chief, own_set.project)
    assert written == told


@pytest.mark.parametrize(
    "columns",
    [
        {"fragments": [[0, 1], [2, 3]], "quote": "q \\"},
        {"anchoring": Anchoring.LOST},
        {"attributes": {"n": 1e300}},
        {"attributes": {"n": 2**63 - 1, "digits": DIGITS}},
    ],
)
def test_what_takes_more_than_columns_is_left_to_python(
    chief: User, own_set: AnnotationSet, columns: dict[str, Any]
) -> None:
    plain = DocumentFactory.create(project=own_set.project, title="plain")
    say(own_set, **columns)
    written, told, is_left = both(chief, own_set.project)
    assert written == told
    assert [dict(record)["title"] for record in written] == ["A\tB", plain.title]
    assert is_left


def test_a_set_on_its_way_to_another_text_has_its_own(chief: User, own_set: AnnotationSet) -> None:
    say(own_set)
    document = own_set.document
    document.revision = Revision.objects.create(
        document=document, project=own_set.project, number=2, text="New", length=3
    )
    document.save()
    written, told, _ = both(chief, own_set.project)
    assert written == told
    assert dict(written[0])["text"] == ODD


@pytest.mark.parametrize("huge", [{}, {"n": 1e300}])
def test_models_relations_and_metadata_are_told_alike(
    chief: User, own_set: AnnotationSet, huge: dict[str, Any]
) -> None:
    project = own_set.project
    columns = {"name": ODD, "model_version": ODD, "description": ODD}
    run = ModelRun.objects.create(
        project=project, created_by=chief, parameters={"t": 0.5, ODD: ODD} | huge, **columns
    )
    by_model = AnnotationSetFactory.create(
        document=own_set.document, kind=SetKind.MODEL, model_run=run
    )
    first, second = say(by_model), say(by_model, start=1, end=2, quote='"')
    likes = LabelFactory.create(project=project, kind=Kind.RELATION, name=ODD[:50])
    said = {"label": likes, "attributes": {"a": [ODD]} | huge, "confidence": 0.5, "body": ODD}
    RelationFactory.create(source=first, target=second, **said)
    RelationFactory.create(source=second, target=first, deleted_at=timezone.now(), **said)
    DocumentFactory.create(project=project, external_id=None, metadata=huge)
    written, told, _ = both(chief, project)
    assert written == told


def test_sets_are_those_that_are_asked_for_and_seen(project: Project) -> None:
    Project.objects.update(is_blind=True)
    document = DocumentFactory.create(project=project)
    reader = MembershipFactory.create(project=project, role="annotator").user
    own = AnnotationSetFactory.create(document=document, author=reader)
    say(own)
    for state in (State.SUBMITTED, State.APPROVED):
        say(AnnotationSetFactory.create(document=document, state=state))
    DocumentFactory.create(project=ProjectFactory.create(), title="another's")
    for states in ((), ("draft",), ("approved", "submitted")):
        written, told, _ = both(reader, project, states)
        assert written == told
        seen = [dict(one)["id"] for one in dict(written[0])["annotation_sets"]]
        assert (str(own.pk) in seen) == (not states or "draft" in states)


def test_what_goes_meanwhile_is_left_out(
    chief: User, own_set: AnnotationSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(own_set, anchoring=Anchoring.LOST)
    plain = DocumentFactory.create(project=own_set.project)
    read = exports._read_left

    def meanwhile(*given: Any) -> Any:
        Document.objects.filter(pk=own_set.document_id).update(deleted_at=timezone.now())
        return read(*given)

    monkeypatch.setattr(exports, "_read_left", meanwhile)
    asked: dict[str, Any] = {"states": (), "unit": OffsetUnit.CODE_POINTS}
    [line] = b"".join(exports.lines(reader=chief, project=own_set.project, **asked)).splitlines()
    assert json.loads(line)["id"] == str(plain.pk)
