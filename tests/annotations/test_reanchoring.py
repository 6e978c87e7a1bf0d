"""What was said of a document follows it to its next text: all of it, once, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, transaction

from annotations.errors import NotYours
from annotations.jobs import reanchoring
from annotations.jobs.moving import Plan
from annotations.models import Annotation, AnnotationSet, Label, SetKind
from annotations.services.annotations import update_annotation
from config.api.concurrency import ANY_VERSION
from documents import pipeline
from documents.intake import Known, NewDocument, take_in
from documents.jobs import Turn
from documents.models import Document, Job, JobState, Revision
from documents.offsets import OffsetUnit
from documents.services.documents import upload_document
from tests.client import Client
from tests.documents.jobs_at_work import let_the_lease_of_a_job_run_out, work_on
from tests.events import changed, last_event, log_of
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    JobFactory,
    LabelFactory,
)
from tests.threads import start_until_it_waits

Do = Callable[..., Any]
TEXT = "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë."


@pytest.fixture
def correct(document: Document, manager: Client) -> Do:
    """Return a function that gives the document another text over HTTP."""

    def send(text: str, **headers: str) -> Any:
        answer = manager.post(f"/documents/{document.pk}/revisions", {"text": text}, **headers)
        assert answer.status_code == 201, answer.content
        return answer.json()

    return send


@pytest.fixture
def moved(correct: Do) -> Do:
    """Return a function like `correct` after which a worker has done what there was to do."""

    def send(text: str) -> Job:
        correct(text)
        return work_on(Job.objects.latest("id"))

    return send


def read(client: Client, annotation: Any) -> Any:
    return client.get(f"/annotations/{annotation['id']}").json()


def test_annotations_follow_to_the_next_text(
    annotator: Client, said: Do, moved: Do, document: Document, topic: Label
) -> None:
    first, second = said(annotator), said(annotator, start=22, end=27)
    whole = said(annotator, label=topic.pk, start=..., end=...)
    job = moved("Yes: " + TEXT.replace("Turin", "Torino"))
    assert (job.state, job.done, job.total) == (JobState.SUCCEEDED, 3, 3)
    assert job.counts == {"exact": 1, "fuzzy": 1, "whole_document": 1}
    document.refresh_from_db()
    shown = read(annotator, first)
    assert shown["revision_id"] == str(document.revision_id)
    assert (shown["start"], shown["end"], shown["quote"]) == (5, 8, "Ada")
    assert (shown["prefix"], shown["anchoring"], shown["version"]) == ("Yes: ", "exact", 2)
    assert 0.8 < shown["anchor_confidence"] <= 1
    shown = read(annotator, second)
    assert (shown["start"], shown["end"], shown["quote"]) == (27, 33, "Torino")
    assert (shown["anchoring"], shown["prefix"][-4:]) == ("fuzzy", " in ")
    shown = read(annotator, whole)
    assert (shown["anchoring"], shown["anchor_confidence"]) == ("written", None)
    assert (shown["revision_id"], shown["version"]) == (str(document.revision_id), 2)
    one = AnnotationSet.objects.get()
    assert (one.revision_id, one.version) == (document.revision_id, 2)


def test_each_change_is_told_in_an_event_of_the_system(
    annotator: Client, said: Do, moved: Do, document: Document
) -> None:
    pk = said(annotator)["id"]
    one = AnnotationSet.objects.get()
    before = str(document.revision_id)
    moved("Yes: " + TEXT)
    document.refresh_from_db()
    told = changed(last_event(pk))
    assert log_of(pk)[1:] == [("annotation.reanchored", None)]
    assert told["revision_id"] == (before, str(document.revision_id))
    assert (told["start"], told["end"]) == ((0, 5), (3, 8))
    assert told["anchoring"] == ("written", "exact")
    assert log_of(one.pk)[1:] == [("set.reanchored", None)]
    assert changed(last_event(one.pk)) == {
        "revision_id": (before, str(document.revision_id)),
        "version": (1, 2),
    }
    assert last_event(one.pk).project_id == document.project_id


def test_deleted_ones_follow_too(annotator: Client, said: Do, moved: Do) -> None:
    one = said(annotator)
    annotator.delete(f"/annotations/{one['id']}", if_match="1")
    moved("Yes: " + TEXT)
    restored = annotator.post(f"/annotations/{one['id']}/restore").json()
    assert (restored["start"], restored["quote"], restored["anchoring"]) == (5, "Ada", "exact")


@pytest.fixture
def lost(annotator: Client, said: Do, moved: Do) -> Any:
    """Return an annotation on the scientist, whose sentence is in the present text no more."""
    one = said(annotator, "?offset_unit=utf16", start=29, end=34)
    job = moved(TEXT.replace(" 👩‍🔬", ""))
    assert job.counts == {"lost": 1}
    return one


def test_what_is_lost_keeps_what_it_was(
    annotator: Client, viewer: Client, lost: Any, document: Document, project: Any
) -> None:
    document.refresh_from_db()
    shown = read(viewer, lost)
    assert (shown["anchoring"], shown["anchor_confidence"]) == ("lost", None)
    assert shown["revision_id"] == str(Revision.objects.get(number=1).pk)
    assert [shown[name] for name in ("start", "end", "quote")] == [29, 32, "👩‍🔬"]
    again = viewer.get(f"/annotations/{lost['id']}?offset_unit=utf16").json()
    assert (again["start"], again["end"]) == (29, 34)
    assert AnnotationSet.objects.get().revision_id == document.revision_id
    path = f"/documents/{document.pk}/annotations"
    assert viewer.get(path).json()["results"] == []
    assert viewer.get(f"{path}?anchoring=exact").json()["results"] == []
    assert viewer.get(f"{path}?anchoring=lost").json()["results"] == [shown]
    assert viewer.get(f"/projects/{project.pk}/annotations/lost").json()["results"] == [shown]
    assert last_event(lost["id"]).after["anchoring"] == "lost"


def test_a_curator_gives_it_a_place(curator: Client, lost: Any, document: Document) -> None:
    path = f"/annotations/{lost['id']}"
    place = {"start": 33, "end": 38, "quote": "likes"}
    assert curator.patch(path, place, if_match="1").status_code == 412
    answer = curator.patch(path, place, if_match="2")
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    document.refresh_from_db()
    assert (shown["anchoring"], shown["quote"]) == ("placed", "likes")
    assert shown["revision_id"] == str(document.revision_id)
    assert (last_event(lost["id"]).action, last_event(lost["id"]).actor) == (
        "annotation.updated",
        curator.person,
    )
    again = curator.patch(path, place, if_match="3")  # it is no longer lost
    assert (again.status_code, again.json()["code"]) == (403, "not_yours")


@pytest.mark.parametrize("changes", [{"body": "b"}, {"start": 0, "end": 3, "body": "b"}, {}])
def test_a_curator_changes_nothing_else(
    curator: Client, lost: Any, changes: dict[str, Any]
) -> None:
    answer = curator.patch(f"/annotations/{lost['id']}", changes, if_match="2")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


def test_a_curator_deletes_and_restores_it(curator: Client, lost: Any) -> None:
    path = f"/annotations/{lost['id']}"
    assert curator.delete(path, if_match="2").status_code == 204
    restored = curator.post(f"{path}/restore")
    assert (restored.status_code, restored.json()["anchoring"]) == (200, "lost")
    assert curator.post(f"{path}/restore").json()["version"] == 4


def test_whoever_places_it_first_has_placed_it(
    annotator: Client, curator: Client, lost: Any
) -> None:
    stale = Annotation.objects.get()
    place = {"start": 0, "end": 3}
    annotator.patch(f"/annotations/{lost['id']}", place, if_match="2")
    with pytest.raises(NotYours):
        update_annotation(
            author=curator.person,
            annotation=stale,
            precondition=ANY_VERSION,
            changes=place,
            unit=OffsetUnit.CODE_POINTS,
            is_curator=True,
        )


def test_its_author_gives_it_a_place_while_the_set_is_open(
    annotator: Client, member: Do, lost: Any, step: Do
) -> None:
    path, place = f"/annotations/{lost['id']}", {"start": 0, "end": 3}
    AnnotationSet.objects.update(state="approved")  # now others see it
    other = member("annotator").patch(path, place, if_match="2")
    assert (other.status_code, other.json()["code"]) == (403, "not_yours")
    AnnotationSet.objects.update(state="draft")
    step(annotator, "submit", lost["annotation_set_id"])
    closed = annotator.patch(path, place, if_match="2")
    assert (closed.status_code, closed.json()["code"]) == (409, "set_closed")
    AnnotationSet.objects.update(state="returned", reason="Place it.")
    assert annotator.patch(path, place, if_match="2").json()["anchoring"] == "placed"


def test_its_author_changes_what_it_says_without_a_place(annotator: Client, lost: Any) -> None:
    answer = annotator.patch(f"/annotations/{lost['id']}", {"body": "An emoji."}, if_match="2")
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert [shown[name] for name in ("anchoring", "start", "body")] == ["lost", 29, "An emoji."]


def test_what_was_found_unsurely_is_placed_by_a_change_of_place(
    annotator: Client, said: Do, moved: Do
) -> None:
    one, other = said(annotator, start=22, end=27), said(annotator)
    moved(TEXT.replace("Turin", "Torino"))
    path = f"/annotations/{one['id']}"
    assert annotator.patch(path, {"body": "b"}, if_match="2").json()["anchoring"] == "fuzzy"
    shown = annotator.patch(path, {"start": 22, "end": 28}, if_match="3").json()
    assert (shown["anchoring"], shown["anchor_confidence"]) == ("placed", None)
    assert read(annotator, other)["anchoring"] == "exact"


def test_a_written_place_that_is_changed_stays_a_written_one(annotator: Client, said: Do) -> None:
    path = f"/annotations/{said(annotator)['id']}"
    shown = annotator.patch(path, {"start": 4, "end": 12}, if_match="1").json()
    assert (shown["anchoring"], shown["anchor_confidence"]) == ("written", None)


def test_what_was_lost_is_sought_again_in_the_next_text(
    annotator: Client, lost: Any, moved: Do
) -> None:
    assert moved("Now: " + TEXT).counts == {"exact": 1}
    shown = read(annotator, lost)
    assert (shown["anchoring"], shown["start"], shown["version"]) == ("exact", 34, 3)


def test_what_stays_lost_is_not_changed(annotator: Client, lost: Any, moved: Do) -> None:
    assert moved("Ada is here.").counts == {"lost": 1}
    assert read(annotator, lost)["version"] == 2
    assert len(log_of(lost["id"])) == 2


def test_what_was_unsure_gets_no_surer(annotator: Client, said: Do, moved: Do) -> None:
    one = said(annotator, start=22, end=27)
    moved(TEXT.replace("Turin", "Torino"))
    first = read(annotator, one)
    moved("Now: " + TEXT.replace("Turin", "Torino"))
    second = read(annotator, one)
    assert (first["anchoring"], second["anchoring"]) == ("fuzzy", "fuzzy")
    assert second["anchor_confidence"] == first["anchor_confidence"]
    assert second["start"] == first["start"] + 5


# While they are on their way


def writes(document: Document, annotation: Any, label: Label) -> dict[str, tuple[str, str, Any]]:
    of_document, item = f"/documents/{document.pk}", f"/annotations/{annotation['id']}"
    of_set = f"/annotation-sets/{annotation['annotation_set_id']}"
    span = {"label": label.pk, "start": 0, "end": 3}
    return {
        "create": ("POST", f"{of_document}/annotations", span),
        "bulk": ("POST", f"{of_document}/annotations/bulk", {"annotations": [span]}),
        "open": ("POST", f"{of_document}/annotation-sets", None),
        "update": ("PATCH", item, {"body": "b"}),
        "delete": ("DELETE", item, None),
        "restore": ("POST", f"{item}/restore", None),
        "submit": ("POST", f"{of_set}/submit", None),
    }


def test_nothing_is_said_while_they_are_on_their_way(
    annotator: Client, member: Do, said: Do, correct: Do, document: Document, label: Label
) -> None:
    one = said(annotator)
    correct("Yes: " + TEXT)
    job, other = Job.objects.get(), member("annotator")
    for name, (method, path, body) in writes(document, one, label).items():
        answer: Any = annotator.send(method, path, body, If_Match="*")
        assert (answer.status_code, answer.json()["code"]) == (409, "being_reanchored"), name
        assert answer["Retry-After"] == "5"
        assert answer.json()["job_id"] == str(job.pk)
    opening = other.post(f"/documents/{document.pk}/annotation-sets")
    assert opening.json()["code"] == "being_reanchored"
    assert AnnotationSet.objects.count() == 1
    assert read(annotator, one)["start"] == 0
    [listed] = annotator.get(f"/documents/{document.pk}/annotations").json()["results"]
    assert listed["version"] == 1
    work_on(job)
    for name, (method, path, body) in writes(document, one, label).items():
        answer = annotator.send(method, path, body, If_Match="*")
        assert answer.status_code < 300, (name, answer.content)


@pytest.mark.django_db(transaction=True)
def test_nobody_opens_a_set_while_a_text_is_on_its_way(
    annotator: Client, member: Do, said: Do, document: Document
) -> None:
    said(annotator)
    following = Revision.objects.create(
        project=document.project, document=document, number=2, text="Eve", length=3
    )
    other, path = member("annotator"), f"/documents/{document.pk}/annotation-sets"
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # no lock is taken but the one of an UPDATE, as workers have it
            Document.objects.filter(pk=document.pk).update(revision=following)
            opening = start_until_it_waits(pool, lambda: other.post(path))
        answer = opening.result()
    assert (answer.status_code, answer.json()["code"]) == (409, "being_reanchored")
    assert AnnotationSet.objects.count() == 1


def test_who_has_a_set_on_the_present_text_waits_for_those_of_others(
    annotator: Client, say: Do, said: Do, document: Document
) -> None:
    said(annotator)
    former = Revision.objects.create(
        project=document.project, document=document, number=2, text="Eve", length=3
    )
    AnnotationSetFactory.create(document=document, revision=former)
    assert say(annotator).json()["code"] == "being_reanchored"


def test_who_waits_in_vain_is_told_whom_to_ask(
    annotator: Client, manager: Client, say: Do, said: Do, correct: Do
) -> None:
    said(annotator)
    correct("Yes: " + TEXT)
    job = Job.objects.get()
    assert manager.post(f"/jobs/{job.pk}/cancel").status_code < 300
    answer = say(annotator)
    assert (answer.status_code, answer.json()["code"]) == (409, "being_reanchored")
    assert answer.json()["detail"] == f"Have a manager retry it: job {job.pk} is cancelled."
    assert "Retry-After" not in answer
    assert manager.post(f"/jobs/{job.pk}/retry").status_code < 300
    assert work_on(job).counts == {"exact": 1}
    assert say(annotator).status_code == 201


def test_sets_without_a_job_are_told_too(annotator: Client, say: Do, said: Do, correct: Do) -> None:
    said(annotator)
    correct("Yes: " + TEXT)
    Job.objects.all().delete()
    assert say(annotator).json()["detail"] == "Have a manager retry it: no job does it."


# The job


def test_a_text_of_which_nothing_was_said_starts_no_job(correct: Do, document: Document) -> None:
    correct("Ada.")
    assert not Job.objects.exists()


def test_an_empty_set_follows_too(annotator: Client, opened: Do, moved: Do) -> None:
    opened(annotator)
    job = moved("Ada.")
    assert (job.state, job.done, job.counts) == (JobState.SUCCEEDED, 0, {})
    assert AnnotationSet.objects.get().revision.number == 2


def test_a_second_run_changes_nothing(annotator: Client, said: Do, moved: Do) -> None:
    one = said(annotator)
    job = moved("Yes: " + TEXT)
    Job.objects.update(state=JobState.PENDING)
    again = work_on(job)
    assert (again.state, again.done) == (JobState.SUCCEEDED, 1)
    assert read(annotator, one)["version"] == 2


def test_a_worker_that_dies_leaves_nothing_half_done(
    annotator: Client, said: Do, correct: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = said(annotator)
    correct("Yes: " + TEXT)
    job = Job.objects.get()

    def die(*_: Any) -> None:
        raise OperationalError("The connection is lost.")

    with monkeypatch.context() as machine:
        machine.setattr(reanchoring, "_write", die)
        with pytest.raises(OperationalError):
            work_on(job)
    assert AnnotationSet.objects.get().revision.number == 1
    assert (read(annotator, one)["version"], log_of(one["id"])[1:]) == (1, [])
    let_the_lease_of_a_job_run_out(job)
    assert work_on(job).counts == {"exact": 1}
    assert read(annotator, one)["version"] == 2


def test_a_newer_text_takes_the_job_out_of_the_workers_hands(
    annotator: Client, said: Do, correct: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = said(annotator)
    correct("One: " + TEXT)
    job = Job.objects.get()
    carry_out = reanchoring._carry_out

    def late(plan: Plan) -> Any:
        monkeypatch.setattr(reanchoring, "_carry_out", carry_out)
        return carry_out(plan)

    def keep(turn: Turn) -> None:
        monkeypatch.setattr(Turn, "keep", kept)
        correct("Number two: " + TEXT)

    kept = Turn.keep
    monkeypatch.setattr(reanchoring, "_carry_out", late)
    monkeypatch.setattr(Turn, "keep", keep)
    held = work_on(job)
    assert (held.state, held.lease_id, held.done) == (JobState.PENDING, None, 0)
    assert read(annotator, one)["version"] == 1
    assert work_on(job).state == JobState.SUCCEEDED
    assert (read(annotator, one)["start"], read(annotator, one)["version"]) == (12, 2)
    assert Job.objects.count() == 1


def test_what_is_said_while_places_are_sought_is_sought_too(
    annotator: Client, said: Do, correct: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = said(annotator)
    correct("Yes: " + TEXT)
    keep = Turn.keep

    def meanwhile(turn: Turn) -> None:
        monkeypatch.setattr(Turn, "keep", keep)
        Annotation.objects.update(start=4, end=12, quote="Lovelace", version=2)

    monkeypatch.setattr(Turn, "keep", meanwhile)
    assert work_on(Job.objects.get()).counts == {"exact": 1}
    assert (read(annotator, one)["start"], read(annotator, one)["version"]) == (9, 3)


def test_any_number_of_annotations_follow(
    annotator: Client, said: Do, moved: Do, topic: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reanchoring, "AT_ONCE", 2)
    made = [said(annotator, start=start, end=start + 3) for start in range(5)]
    said(annotator, label=topic.pk, start=..., end=...)
    assert moved("Yes: " + TEXT).counts == {"exact": 5, "whole_document": 1}
    assert [read(annotator, one)["start"] for one in made] == [5, 6, 7, 8, 9]


def test_sets_of_an_import_that_gave_several_texts_meet(
    correct: Do, document: Document, project: Any
) -> None:
    order = JobFactory.create(project=project)
    for text in ("Ada? ", "Ada! ", "Ada."):
        document.refresh_from_db()
        one = AnnotationSetFactory.create(document=document, kind=SetKind.IMPORT, job=order)
        AnnotationFactory.create(annotation_set=one)
        correct(text + TEXT)
    last = AnnotationSetFactory.create(
        document=document,
        revision=Revision.objects.get(number=4),
        kind=SetKind.IMPORT,
        job=order,
    )
    assert work_on(Job.objects.get(kind="reanchoring")).counts == {"exact": 3}
    sets = AnnotationSet.objects.order_by("pk")
    assert {one.revision_id for one in sets} == {last.revision_id}
    assert [one.job_id for one in sets] == [None, None, None, order.pk]


def test_the_newest_set_of_an_import_stays_its_own(
    correct: Do, document: Document, project: Any
) -> None:
    order = JobFactory.create(project=project)
    for text in ("Ada? ", "Ada! "):
        document.refresh_from_db()
        AnnotationSetFactory.create(document=document, kind=SetKind.IMPORT, job=order)
        correct(text + TEXT)
    work_on(Job.objects.get(kind="reanchoring"))
    sets = AnnotationSet.objects.order_by("pk")
    assert [one.job_id for one in sets] == [None, order.pk]


def test_documents_of_an_import_get_a_job_each(project: Any, annotator: Client) -> None:
    documents = [DocumentFactory.create(project=project, external_id=str(n)) for n in range(3)]
    for document in documents[:2]:
        AnnotationFactory.create(annotation_set__document=document)
    items = [NewDocument(text="Ada!", properties={"external_id": str(n)}) for n in range(4)]
    with transaction.atomic():
        take_in(actor=annotator.person, project=project, items=items, known=Known.NEW_REVISION)
    jobs = Job.objects.order_by("document_id")
    assert [job.document_id for job in jobs] == sorted(one.pk for one in documents[:2])
    assert log_of(jobs[0].pk) == [("job.created", None)]
    for job in jobs:
        assert work_on(job).counts == {"exact": 1}


def test_a_file_that_is_read_anew_has_them_follow(
    manager: Client, project: Any, annotator: Client, label: Label
) -> None:
    file = ContentFile(b"Ada lives in Turin.", "ada.txt")
    document = upload_document(actor=manager.person, project=project, file=file)
    pipeline.process(str(document.pk))
    span = {"label": label.pk, "start": 13, "end": 18}
    one = annotator.post(f"/documents/{document.pk}/annotations", span).json()
    manager.post(f"/documents/{document.pk}/reprocess")
    pipeline.process(str(document.pk))
    assert not Job.objects.exists()  # it was the same text
    storage, name = document.source.storage, document.source.name
    storage.delete(name)
    storage.save(name, ContentFile(b"So: Ada lives in Turin."))
    manager.post(f"/documents/{document.pk}/reprocess")
    pipeline.process(str(document.pk))
    assert work_on(Job.objects.get()).counts == {"exact": 1}
    assert read(annotator, one)["start"] == 17


# Discontinuous spans, parts of pages, relations


APART = {"start": ..., "end": ..., "fragments": [{"quote": "Ada"}, {"quote": "Turin"}]}


def test_fragments_find_their_places_each(annotator: Client, said: Do, moved: Do) -> None:
    one = said(annotator, **APART)
    job = moved("Yes: " + TEXT.replace("lives in", "lived for years in"))
    assert job.counts == {"exact": 1}
    shown = read(annotator, one)
    assert shown["fragments"] == [
        {"start": 5, "end": 8, "quote": "Ada"},
        {"start": 37, "end": 42, "quote": "Turin"},
    ]
    assert (shown["start"], shown["end"], shown["quote"]) == (5, 42, "Ada Turin")
    assert (shown["prefix"], shown["anchoring"], shown["version"]) == ("Yes: ", "exact", 2)
    assert 0 < shown["anchor_confidence"] <= 1


@pytest.mark.parametrize(
    "text",
    [
        "She lives in Turin. 👩‍🔬 She likes Zoë.",
        "In Turin, in Italy, there lives Ada Lovelace. 👩‍🔬 She likes Zoë.",
    ],
)
def test_where_one_fragment_has_no_place_the_whole_is_lost(
    annotator: Client, said: Do, moved: Do, text: str
) -> None:
    one = said(annotator, **APART)
    assert moved(text).counts == {"lost": 1}
    shown = read(annotator, one)
    assert (shown["anchoring"], shown["quote"]) == ("lost", "Ada Turin")
    assert [each["start"] for each in shown["fragments"]] == [0, 22]


@pytest.fixture
def region(annotator: Client, said: Do, project: Any, document: Document) -> Any:
    """Return an annotation of a part of the document's only page."""
    Revision.objects.update(layout={"pages": [[0, 47]]})
    figure = LabelFactory.create(project=project, kind="region")
    box = {"page": 0, "left": 1.0, "top": 2.0, "right": 3.0, "bottom": 4.0}
    return said(annotator, label=figure.pk, start=..., end=..., boxes=[box])


def test_a_part_of_a_page_stays_while_the_file_does(
    annotator: Client, region: Any, moved: Do, document: Document
) -> None:
    assert moved("Yes: " + TEXT).counts == {"region": 1}
    document.refresh_from_db()
    shown = read(annotator, region)
    assert (shown["boxes"], shown["anchoring"]) == (region["boxes"], "written")
    assert (shown["revision_id"], shown["version"]) == (str(document.revision_id), 2)


def test_a_part_of_a_page_is_lost_with_its_file(
    annotator: Client, curator: Client, region: Any, moved: Do, document: Document
) -> None:
    moved("Yes: " + TEXT)
    Revision.objects.filter(number=2).update(source="sources/a")  # as when another file comes
    assert moved("No: " + TEXT).counts == {"lost": 1}
    shown = read(annotator, region)
    assert (shown["boxes"], shown["anchoring"]) == (region["boxes"], "lost")
    assert moved("So: " + TEXT).counts == {"lost": 1}
    assert read(annotator, region)["version"] == shown["version"]
    Revision.objects.filter(number=4).update(layout={"pages": [[0, 47]]})
    path = f"/annotations/{region['id']}"
    change = {"boxes": region["boxes"]}
    placed = curator.patch(path, change, if_match=str(shown["version"])).json()
    assert (placed["anchoring"], placed["boxes"]) == ("placed", region["boxes"])


def test_relations_move_along(
    annotator: Client, said: Do, moved: Do, document: Document, project: Any
) -> None:
    first, second = said(annotator), said(annotator, start=22, end=27)
    label = LabelFactory.create(project=project, kind="relation").pk
    ends = {"source": first["id"], "target": second["id"]}
    made = annotator.post(f"/documents/{document.pk}/relations", {"label": label} | ends).json()
    moved(TEXT.replace("Turin", "Rome"))
    assert annotator.get(f"/relations/{made['id']}").json() == made
