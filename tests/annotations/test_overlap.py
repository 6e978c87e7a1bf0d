"""Where a project allows no overlap, the database keeps the spans of a set apart."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotations.jobs import reanchoring
from annotations.models import Annotation, AnnotationSet, Label
from documents.models import Document, Job, Project
from tests.annotations.importing import errors_of, imported, lines
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.factories import AnnotationFactory, AnnotationSetFactory, DocumentFactory
from tests.threads import at_once, start_until_it_waits

Do = Callable[..., Any]
APART = [{"start": 0, "end": 3}, {"start": 13, "end": 18}]


@pytest.fixture
def strict(project: Project) -> Project:
    """Return the project, which allows no overlap."""
    Project.objects.filter(pk=project.pk).update(allows_overlap=False)
    project.refresh_from_db()
    return project


@pytest.fixture
def switch(project: Project, manager: Client) -> Do:
    """Return a function by which a manager says whether spans may overlap."""

    def send(allows: bool, client: Client = manager) -> Any:
        return client.patch(f"/projects/{project.pk}", {"allows_overlap": allows}, If_Match="*")

    return send


def refused(response: Any) -> str:
    told = response.json()
    assert (response.status_code, told["code"]) == (409, "overlaps"), told
    return str(told["annotation_id"])


def test_spans_overlap_where_they_may(annotator: Client, said: Do) -> None:
    for start in (0, 0, 1):
        said(annotator, start=start)


@pytest.mark.usefixtures("strict")
def test_what_is_in_the_way_is_named(annotator: Client, said: Do, say: Do) -> None:
    first = said(annotator)
    assert refused(say(annotator, start=2, end=12)) == first["id"]
    said(annotator, start=3, end=12)
    assert Annotation.objects.count() == 2


@pytest.mark.usefixtures("strict")
def test_sets_do_not_lie_in_each_other_s_way(
    annotator: Client, curator: Client, said: Do, topic: Label
) -> None:
    said(annotator)
    said(curator)
    said(annotator, label=topic.pk, start=..., end=...)


@pytest.mark.usefixtures("strict")
def test_what_lies_between_fragments_is_free(annotator: Client, said: Do, say: Do) -> None:
    apart = said(annotator, fragments=APART, start=..., end=...)
    said(annotator, start=4, end=12)
    assert refused(say(annotator, start=12, end=14)) == apart["id"]


@pytest.mark.usefixtures("strict")
def test_no_change_and_no_restoring_leads_to_an_overlap(
    annotator: Client, said: Do, say: Do
) -> None:
    first, second = said(annotator), said(annotator, start=4, end=12)
    path = f"/annotations/{second['id']}"
    assert refused(annotator.patch(path, {"start": 1, "end": 9}, if_match="1")) == first["id"]
    assert annotator.patch(path, {"start": 5, "end": 11}, if_match="1").status_code == 200
    annotator.delete(path, if_match="2")
    third = said(annotator, start=4, end=7)
    assert refused(annotator.post(f"{path}/restore")) == third["id"]
    annotator.delete(f"/annotations/{third['id']}", if_match="1")
    assert annotator.post(f"{path}/restore").status_code == 200


@pytest.mark.usefixtures("strict")
def test_of_many_at_once_those_are_kept_that_fit(
    annotator: Client, document: Document, label: Label, said: Do
) -> None:
    there = said(annotator)
    items = [
        {"label": str(label.pk), "start": start, "end": end}
        for start, end in ((2, 5), (4, 12), (11, 14), (13, 18))
    ] + [{"label": str(label.pk), "fragments": APART}]
    path = f"/documents/{document.pk}/annotations/bulk"
    answer = annotator.post(path, {"annotations": items}).json()
    statuses = [one["status"] for one in answer["results"]]
    assert statuses == [409, 201, 409, 201, 409]
    in_the_way = [
        one["problem"]["annotation_id"] for one in answer["results"] if one["status"] == 409
    ]
    second = answer["results"][1]["annotation"]["id"]
    assert in_the_way == [there["id"], second, there["id"]]
    assert Annotation.objects.count() == 3


def test_the_database_refuses_whoever_does_not_ask(strict: Project, document: Document) -> None:
    own = AnnotationSetFactory.create(document=document)
    AnnotationFactory.create(annotation_set=own, exclusive=True)
    with pytest.raises(IntegrityError, match="annotation_exclusive_do_not_overlap"):
        AnnotationFactory.create(annotation_set=own, exclusive=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("strict")
def test_of_simultaneous_overlaps_one_wins(annotator: Client, say: Do) -> None:
    clients = [Client.of(annotator.person) for _ in range(4)]
    answers = at_once(*(partial(say, client) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


# The setting


def test_overlap_is_forbidden_where_there_is_none(
    annotator: Client, said: Do, say: Do, switch: Do
) -> None:
    first = said(annotator)
    gone = said(annotator)
    annotator.delete(f"/annotations/{gone['id']}", if_match="1")
    assert switch(False).json()["allows_overlap"] is False
    assert refused(say(annotator, start=2, end=5)) == first["id"]
    assert refused(annotator.post(f"/annotations/{gone['id']}/restore")) == first["id"]
    assert switch(True).json()["allows_overlap"] is True
    said(annotator, start=2, end=5)
    assert not Annotation.objects.filter(exclusive=True).exists()


def test_overlap_is_not_forbidden_while_there_is_some(
    annotator: Client, curator: Client, said: Do, switch: Do, document: Document
) -> None:
    said(curator)
    said(annotator, start=0, end=12)
    inside = said(annotator, start=4, end=6)
    behind = said(annotator, start=11, end=14)
    said(annotator, start=14, end=20)
    parts = [{"start": 12, "end": 13}, {"start": 19, "end": 21}]
    between = said(annotator, fragments=parts, start=..., end=...)
    response = switch(False)
    told = response.json()
    assert (response.status_code, told["code"], told["count"]) == (409, "overlaps_exist", 3)
    assert told["annotations"] == [
        {"annotation_id": one["id"], "document_id": str(document.pk)}
        for one in (inside, behind, between)
    ]
    assert not Annotation.objects.filter(exclusive=True).exists()
    assert Project.objects.get(pk=document.project_id).allows_overlap
    for one in (inside, behind, between):
        annotator.delete(f"/annotations/{one['id']}", if_match="1")
    assert switch(False).status_code == 200


@pytest.mark.usefixtures("strict")
def test_to_forbid_it_again_changes_nothing(annotator: Client, said: Do, switch: Do) -> None:
    said(annotator)
    Annotation.objects.update(exclusive=False)  # as a new text leaves what has come to overlap
    assert switch(False).status_code == 200
    assert not Annotation.objects.get().exclusive


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_while_it_is_forbidden_reads_it_first_or_is_counted(
    annotator: Client, manager: Client, said: Do, say: Do, switch: Do, project: Project
) -> None:
    said(annotator)
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():  # a writer that has read the setting and has not committed yet
            assert say(annotator).status_code == 201
            switching = start_until_it_waits(pool, partial(switch, False))
            assert not switching.done()
        response = switching.result()
    assert (response.status_code, response.json()["count"]) == (409, 1)
    Annotation.objects.filter(pk=Annotation.objects.latest("id").pk).delete()
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():  # forbidden, and not committed yet
            assert switch(False).status_code == 200
            writing = start_until_it_waits(pool, partial(say, annotator))
            assert not writing.done()
        assert refused(writing.result())
    assert Annotation.objects.get().exclusive


@pytest.mark.django_db(transaction=True)
def test_writing_and_forbidding_at_once_leave_no_overlap(
    annotator: Client, said: Do, say: Do, switch: Do, project: Project, manager: Client
) -> None:
    for turn in range(4):
        start = turn * 5
        said(annotator, start=start, end=start + 4)
        clients = [Client.of(annotator.person) for _ in range(3)]
        calls = [partial(say, one, start=start + 1, end=start + 2) for one in clients]
        *written, switched = at_once(*calls, partial(switch, False, Client.of(manager.person)))
        is_forbidden = switched.status_code == 200
        kept = [one for one in written if one.status_code == 201]
        assert switched.status_code in {200, 409}
        assert not (is_forbidden and kept)
        for one in kept:
            annotator.delete(f"/annotations/{one.json()['id']}", if_match="1")
        assert switch(True).status_code == 200


# New texts and imports


def _correct(manager: Client, document: Document, text: str) -> Job:
    path = f"/documents/{document.pk}/revisions"
    assert manager.post(path, {"text": text}).status_code == 201
    return work_on(Job.objects.latest("id"))


@pytest.mark.usefixtures("strict")
def test_all_move_past_each_other_s_old_places(
    annotator: Client,
    manager: Client,
    project: Project,
    label: Label,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reanchoring, "AT_ONCE", 7)  # so that it takes several statements
    words = [f"word{number:03}" for number in range(60)]
    document = DocumentFactory.create(project=project, text=" ".join(words))
    items = [
        {"label": str(label.pk), "start": at * 8, "end": at * 8 + 7} for at in range(len(words))
    ]
    path = f"/documents/{document.pk}/annotations"
    assert annotator.post(f"{path}/bulk", {"annotations": items}).json()["failed"] == 0
    job = _correct(manager, document, "more " + " ".join(words))
    assert job.counts == {"exact": 60}
    assert Annotation.objects.filter(exclusive=True).count() == 60
    response = annotator.post(path, items[0] | {"start": 6, "end": 8})
    assert (response.status_code, response.json()["code"]) == (409, "overlaps")


@pytest.mark.usefixtures("strict")
def test_what_comes_to_overlap_in_a_new_text_is_kept(
    annotator: Client, manager: Client, document: Document, said: Do
) -> None:
    first, second = said(annotator, start=0, end=12), said(annotator, start=22, end=27)
    gone = said(annotator, start=13, end=18)
    annotator.delete(f"/annotations/{gone['id']}", if_match="1")
    moved = {"start": 4, "end": 12, "quote": "Lovelace", "exclusive": False}
    Annotation.objects.filter(pk=second["id"]).update(**moved)
    _correct(manager, document, "Yes: Ada Lovelace lives in Turin. She likes Zoë.")
    kept = {str(one.pk): one for one in Annotation.objects.all()}
    assert (kept[first["id"]].start, kept[first["id"]].exclusive) == (5, True)
    assert (kept[second["id"]].start, kept[second["id"]].exclusive) == (9, False)
    assert kept[gone["id"]].exclusive
    path = f"/annotations/{second['id']}"
    assert annotator.patch(path, {"body": "b"}, if_match="2").status_code == 200
    assert refused(annotator.patch(path, {"start": 10, "end": 12}, if_match="3")) == first["id"]
    assert annotator.patch(path, {"start": 18, "end": 20}, if_match="3").status_code == 200
    assert Annotation.objects.get(pk=second["id"]).exclusive
    # And what has its room again is exclusive again.
    Annotation.objects.filter(pk=second["id"]).update(exclusive=False)
    _correct(manager, document, "No: Ada Lovelace lives in Turin. She likes Zoë.")
    assert Annotation.objects.get(pk=second["id"]).exclusive


@pytest.mark.usefixtures("strict")
def test_an_import_leaves_out_what_would_overlap_and_tells_of_it(
    manager: Client, project: Project, annotator: Client
) -> None:
    def row(*spans: tuple[int, int]) -> bytes:
        labels = [[start, end, "name"] for start, end in spans]
        return lines({"id": "a", "text": "Ada Lovelace", "label": labels})

    content = row((0, 3), (2, 6)) + row((4, 12), (1, 3))
    job = imported(manager, project, content, on_known="update")
    assert job["state"] == "succeeded"
    told = errors_of(manager, job)
    assert told == [(1, "annotations", "overlaps"), (2, "annotations", "overlaps")]
    kept = Annotation.objects.order_by("start").values_list("start", "end", "exclusive")
    assert list(kept) == [(0, 3, True), (4, 12, True)]
    # A later batch of the same import knows what an earlier one took.
    assert [one.kind for one in AnnotationSet.objects.all()] == ["import"]
