"""What an annotation said at an earlier version comes back, as a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile

from annotations.models import Annotation, Kind, Label
from documents.models import Document, Job, Project, Revision
from tests.annotations.restoring import delete, join, patch
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.events import last_event, log_of
from tests.factories import AnnotationFactory, LabelFactory
from users.models import Event

Do = Callable[..., Any]
TEXT = "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë."
SAID = (
    *("label_id", "start", "end", "fragments", "quote", "prefix", "suffix", "page", "boxes"),
    *("anchoring", "anchor_confidence", "attributes", "body", "confidence", "revision_id"),
)


def restore(client: Client, annotation: Any, status: int = 200, **content: Any) -> Any:
    headers = content.pop("headers", {})
    answer = client.post(f"/annotations/{annotation['id']}/restore", content, **headers)
    assert answer.status_code == status, answer.content
    return answer.json()


def what(annotation: dict[str, Any]) -> dict[str, Any]:
    return {name: annotation[name] for name in SAID}


@pytest.fixture
def human(project: Project) -> Label:
    schema = {"type": "object", "properties": {"role": {"type": "string"}}}
    made: Label = LabelFactory.create(project=project, name="human", attribute_schema=schema)
    return made


@pytest.fixture
def moved(document: Document, manager: Client) -> Do:
    """Return a function that gives the document another text, to which all is moved."""

    def send(text: str) -> None:
        answer = manager.post(f"/documents/{document.pk}/revisions", {"text": text})
        assert answer.status_code == 201, answer.content
        work_on(Job.objects.latest("id"))

    return send


def test_each_version_comes_back_as_a_new_one(annotator: Client, said: Do, human: Label) -> None:
    versions = [said(annotator, body="First.", confidence=0.25)]
    versions.append(patch(annotator, versions[0], label=human.pk, attributes={"role": "poet"}))
    versions.append(patch(annotator, versions[0], start=4, end=12, body="", confidence=None))
    parts = [{"start": 0, "end": 3}, {"start": 13, "end": 18}]
    versions.append(patch(annotator, versions[0], fragments=parts))
    for number, version in enumerate(versions, 1):
        told = restore(annotator, version, version=number)
        assert what(told) == what(version)
        assert told["version"] == len(versions) + number
    pk = versions[0]["id"]
    assert len(log_of(pk)) == 8
    assert last_event(pk).action == "annotation.updated"
    assert annotator.get(f"/annotations/{pk}/history").json()["results"][0]["version"] == 8


def test_a_deleted_one_comes_back_as_it_was(
    project: Project, document: Document, annotator: Client, said: Do
) -> None:
    one, two = said(annotator), said(annotator, start=4, end=12)
    tie = join(
        annotator, document, LabelFactory.create(project=project, kind=Kind.RELATION), one, two
    )
    patch(annotator, one, body="Hm.")
    delete(annotator, one)
    told = restore(annotator, one, version=1)
    assert (told["body"], told["version"], told["deleted_at"]) == ("", 4, None)
    assert last_event(one["id"]).action == "annotation.restored"
    assert annotator.get(f"/relations/{tie['id']}").status_code == 200
    delete(annotator, one)
    assert restore(annotator, one, version=5)["body"] == ""  # what it said when it was deleted


def test_what_it_says_already_makes_no_version(annotator: Client, said: Do) -> None:
    one = said(annotator)
    assert restore(annotator, one, version=1)["version"] == 1
    patch(annotator, one, body="Hm.")
    patch(annotator, one, body="")
    assert restore(annotator, one, version=1)["version"] == 3
    assert len(log_of(one["id"])) == 3


def test_versions_that_there_are_not(annotator: Client, said: Do) -> None:
    one = said(annotator)
    patch(annotator, one, body="Hm.")
    told = restore(annotator, one, 404, version=3)
    assert (told["code"], told["versions"]) == ("unknown_version", [1, 2])
    Event.objects.filter(target_id=one["id"], after__version=1).update(after={"erased": True})
    assert restore(annotator, one, 404, version=1)["versions"] == [2]
    assert restore(annotator, one, 422, version=0)["errors"][0]["pointer"] == "/version"
    assert restore(annotator, one, 422, number=1)["errors"][0]["code"] == "unknown"


def test_only_the_version_that_was_read_is_changed(annotator: Client, said: Do) -> None:
    one = said(annotator)
    patch(annotator, one, body="Hm.")
    stale = restore(annotator, one, 412, version=1, headers={"if_match": "1"})
    assert stale["current"]["body"] == "Hm."
    assert restore(annotator, one, version=1, headers={"if_match": "2"})["version"] == 3
    delete(annotator, one)
    assert restore(annotator, one, 412, headers={"if_match": "1"})["code"] == "stale_version"
    assert restore(annotator, one, headers={"if_match": "4"})["version"] == 5


def test_only_ones_own_in_open_sets(annotator: Client, curator: Client, said: Do, step: Do) -> None:
    one = said(annotator)
    patch(annotator, one, body="Hm.")
    assert restore(curator, one, 403, version=1)["code"] == "not_yours"
    step(annotator, "submit", one["annotation_set_id"])
    assert restore(annotator, one, 409, version=1)["code"] == "set_closed"


def test_labels_are_held_against_the_schema_as_it_is(
    manager: Client, annotator: Client, said: Do, label: Label, human: Label
) -> None:
    one = said(annotator, label=human.pk, attributes={"role": "poet"})
    patch(annotator, one, body="Hm.")
    strict = {"type": "object", "properties": {"role": {"enum": ["clerk"]}}}
    changed = manager.patch(f"/labels/{human.pk}", {"attribute_schema": strict}, if_match="1")
    assert changed.status_code == 200, changed.content
    assert restore(annotator, one, version=1)["body"] == ""  # it keeps what was held before
    patch(annotator, one, label=label.pk, attributes={})
    error = restore(annotator, one, 422, version=1)["errors"][0]
    assert error["pointer"] == "/attributes/role"
    assert manager.delete(f"/labels/{human.pk}?confirm=true", If_Match="*").status_code == 204
    told = restore(annotator, one, 422, version=1)
    assert (told["code"], told["errors"][0]["pointer"]) == ("invalid_annotation", "/label")


def test_an_archived_label_is_kept(
    manager: Client, annotator: Client, said: Do, label: Label
) -> None:
    one = said(annotator)
    patch(annotator, one, body="Hm.")
    assert manager.delete(f"/labels/{label.pk}?confirm=true", If_Match="*").status_code == 204
    assert restore(annotator, one, version=1)["body"] == ""


def test_what_has_been_said_there_again(annotator: Client, said: Do, topic: Label) -> None:
    whole = {"label": topic.pk, "start": ..., "end": ...}
    one = said(annotator, **whole)
    delete(annotator, one)
    said(annotator, **whole)
    assert restore(annotator, one, 409, version=1)["code"] == "label_already_given"


def test_what_is_in_the_way_by_now(project: Project, annotator: Client, said: Do) -> None:
    Project.objects.filter(pk=project.pk).update(allows_overlap=False)
    one = said(annotator)
    patch(annotator, one, start=4, end=12)
    other = said(annotator)
    told = restore(annotator, one, 409, version=1)
    assert (told["code"], told["annotation_id"]) == ("overlaps", other["id"])


def test_of_another_text_what_stays_in_its_place(
    annotator: Client, said: Do, moved: Do, human: Label
) -> None:
    """Where the text moved it itself, it says again what it said, and stays where it is."""
    one = said(annotator)
    patch(annotator, one, label=human.pk)
    moved(TEXT + " Indeed.")
    told = restore(annotator, one, version=1)
    assert (told["label_id"], told["start"], told["anchoring"]) == (one["label_id"], 0, "exact")
    assert told["revision_id"] != one["revision_id"]


def test_of_another_text_what_is_quoted_there(annotator: Client, said: Do, moved: Do) -> None:
    one, two = said(annotator), said(annotator)
    patch(annotator, one, start=22, end=27)
    patch(annotator, two, start=22, end=27)
    patch(annotator, two, fragments=[{"start": 0, "end": 3}, {"start": 13, "end": 18}])
    patch(annotator, two, start=4, end=12)
    moved(TEXT + " Indeed.")
    told = restore(annotator, one, version=1)
    assert (told["start"], told["quote"], told["anchoring"]) == (0, "Ada", "placed")
    assert told["revision_id"] == str(Revision.objects.get(number=2).pk)
    assert restore(annotator, two, version=3)["quote"] == "Ada lives"
    patch(annotator, two, start=4, end=12)
    assert restore(annotator, two, version=6)["anchoring"] == "placed"


@pytest.mark.parametrize(
    "text",
    ["Yes: " + TEXT, TEXT.replace("Lovelace", "L."), TEXT.replace("Ada", "Eda")],
    ids=["elsewhere", "other-context", "other-quote"],
)
def test_of_another_text_what_is_not_quoted_there(
    annotator: Client, said: Do, moved: Do, text: str
) -> None:
    one = said(annotator)
    patch(annotator, one, start=22, end=27)
    moved(text)
    before = annotator.get(f"/annotations/{one['id']}").json()
    told = restore(annotator, one, 409, version=1)
    assert (told["code"], told["revision"]) == ("other_text", 1)
    assert annotator.get(f"/annotations/{one['id']}").json() == before


def test_a_place_in_the_present_text_is_as_sure_as_it_was(
    annotator: Client, said: Do, moved: Do
) -> None:
    one = said(annotator)
    moved("Yes: " + TEXT)
    there = annotator.get(f"/annotations/{one['id']}").json()
    patch(annotator, one, start=9, end=17)
    assert what(restore(annotator, one, version=2)) == what(there)
    assert there["anchoring"] == "exact"


def test_whole_documents_have_a_place_in_any_text(
    annotator: Client, said: Do, moved: Do, topic: Label
) -> None:
    one = said(annotator, label=topic.pk, start=..., end=...)
    patch(annotator, one, body="Hm.")
    moved("Something else.")
    assert restore(annotator, one, version=1)["body"] == ""


def test_parts_of_pages_have_a_place_while_the_file_does(
    project: Project, annotator: Client, said: Do, moved: Do
) -> None:
    region = LabelFactory.create(project=project, kind=Kind.REGION)
    box = {"page": 0, "left": 1.0, "top": 1.0, "right": 2.0, "bottom": 2.0}
    first = Revision.objects.get()
    first.layout = {"pages": [{"number": 0, "start": 0, "end": 9, "width": 100, "height": 100}]}
    first.save()
    one = said(annotator, label=region.pk, boxes=[box], start=..., end=...)
    patch(annotator, one, boxes=[box | {"right": 3.0}])
    moved(TEXT + " Indeed.")
    Revision.objects.filter(number=2).update(layout=first.layout)
    assert restore(annotator, one, version=1)["boxes"] == [box]
    patch(annotator, one, boxes=[box | {"right": 4.0}])
    first.source.save("former.pdf", ContentFile(b"%PDF"))
    assert restore(annotator, one, 409, version=1)["code"] == "other_text"


def test_what_was_lost_is_said_again_by_its_author_alone(
    annotator: Client, curator: Client, said: Do, moved: Do
) -> None:
    one = said(annotator, "?offset_unit=utf16", start=29, end=34)
    patch(annotator, one, body="Hm.")
    moved(TEXT.replace(" 👩‍🔬", ""))
    assert restore(curator, one, 403, version=1)["code"] == "not_yours"
    told = restore(annotator, one, version=1)
    assert (told["body"], told["anchoring"], told["start"]) == ("", "lost", 29)


def test_rows_of_which_the_log_tells_nothing(annotator: Client) -> None:
    one = AnnotationFactory.create(annotation_set__author=annotator.person)
    membership = annotator.person.memberships.get()
    membership.project = one.project
    membership.save()
    told = restore(annotator, {"id": one.pk}, 404, version=1)
    assert told["versions"] == []
    assert Annotation.objects.get().version == 1
