"""Near-duplicates are told of one document, and grouped in a whole project by a job."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from documents.fingerprints import signature, similarity
from documents.intake import Known, NewDocument, take_in
from documents.jobs.near_duplicates import alike, reading, report, running
from documents.models import Document, Fingerprint, GroupMember, Job, JobState, Project
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.documents.likenesses import corpus
from tests.factories import DocumentFactory, UserFactory

TEXT = " ".join(f"word{number}" for number in range(60))
NEARLY = TEXT.replace("word30 ", "other ")
pytestmark = pytest.mark.django_db


@pytest.fixture
def add(project: Project) -> Callable[..., Document]:
    def make(text: str = TEXT, **fields: Any) -> Document:
        made: Document = DocumentFactory.create(project=project, text=text, **fields)
        return made

    return make


@pytest.fixture
def grouped(project: Project, manager: Client) -> Callable[..., Any]:
    """Return a function that has a job run, and returns it with its groups as ids."""

    def run(**body: Any) -> tuple[Job, list[set[str]]]:
        answer = manager.post(f"/projects/{project.pk}/near-duplicates", body)
        assert answer.status_code == 202, answer.content
        job = work_on(Job.objects.get(pk=answer.json()["id"]))
        assert job.state == JobState.SUCCEEDED, job.error_detail
        lines = groups_of(manager, job)
        return job, [{document["id"] for document in line["documents"]} for line in lines]

    return run


def groups_of(client: Client, job: Job) -> list[Any]:
    content = b"".join(client.get(f"/jobs/{job.pk}/result"))
    return [json.loads(line) for line in content.splitlines()]


def found(client: Client, document: Document, query: str = "") -> dict[str, Any]:
    response = client.get(f"/documents/{document.pk}/near-duplicates{query}")
    assert response.status_code == 200, response.content
    return {one["id"]: one for one in response.json()["results"]}


# Of one document


def test_what_is_nearly_the_same_is_told(viewer: Client, add: Callable[..., Document]) -> None:
    document = add()
    same, near = add(external_id="n-1"), add(NEARLY, title="Near")
    add("Quite another text.")
    DocumentFactory.create(text=TEXT)
    response = viewer.get(f"/documents/{document.pk}/near-duplicates")
    estimate = round(similarity(signature(TEXT), signature(NEARLY)), 2)
    assert response.json() == {
        "revision_id": str(document.revision_id),
        "threshold": 0.8,
        "results": [
            {
                "id": str(same.pk),
                "external_id": "n-1",
                "title": same.title,
                "similarity": 1.0,
                "identical": True,
            },
            {
                "id": str(near.pk),
                "external_id": None,
                "title": "Near",
                "similarity": estimate,
                "identical": False,
            },
        ],
    }
    assert 0.85 < estimate < 0.97


def test_nearly_the_same_is_never_called_identical(
    viewer: Client, add: Callable[..., Document]
) -> None:
    document, other = add("Ada lives in Turin."), add("Ada lives in Turin!")
    told = found(viewer, document)[str(other.pk)]
    assert (told["similarity"], told["identical"]) == (1.0, False)


def test_the_threshold_is_the_caller_s(viewer: Client, add: Callable[..., Document]) -> None:
    document, near = add(), add(NEARLY)
    assert list(found(viewer, document, "?threshold=0.85")) == [str(near.pk)]
    assert found(viewer, document, "?threshold=1") == {}


@pytest.mark.parametrize("value", ["0.69", "1.1", "much", "nan"])
def test_a_threshold_is_within_bounds(
    viewer: Client, add: Callable[..., Document], value: str
) -> None:
    response = viewer.get(f"/documents/{add().pk}/near-duplicates?threshold={value}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")


@pytest.mark.parametrize("text", ["Ada", " ", "…", "猫"])
def test_very_short_texts_are_like_themselves_at_most(
    viewer: Client, add: Callable[..., Document], text: str
) -> None:
    document, same = add(text), add(text)
    add("Eve")
    add("")
    has_words = text in {"Ada", "猫"}
    assert list(found(viewer, document)) == ([str(same.pk)] if has_words else [])


def test_a_document_without_a_text_is_not_ready(
    viewer: Client, upload: Callable[..., Document]
) -> None:
    response = viewer.get(f"/documents/{upload().pk}/near-duplicates")
    assert (response.status_code, response.json()["code"]) == (409, "document_not_ready")


def test_deleted_documents_and_former_texts_are_not_found(
    viewer: Client, add: Callable[..., Document], grouped: Callable[..., Any]
) -> None:
    document, deleted, other = add(), add(), add(external_id="n-1")
    grouped()
    Document.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    actor = UserFactory.create()
    item = NewDocument(text="Quite another text.", properties={"external_id": "n-1"})
    take_in(actor=actor, project=other.project, items=[item], known=Known.NEW_REVISION)
    assert found(viewer, document) == {}
    again = NewDocument(text=NEARLY, properties={"external_id": "n-1"})
    take_in(actor=actor, project=other.project, items=[again], known=Known.NEW_REVISION)
    assert list(found(viewer, document)) == [str(other.pk)]


def test_looking_writes_nothing_and_costs_the_same(
    viewer: Client, add: Callable[..., Document], grouped: Callable[..., Any]
) -> None:
    document = add()
    counted = []
    for more in (2, 10):
        for _ in range(more):
            add(NEARLY)
        with CaptureQueriesContext(connection) as asked:
            found(viewer, document)
        counted.append(len(asked))
    assert counted[0] == counted[1]
    assert not Fingerprint.objects.exists()


def test_what_is_new_is_found_before_a_job_has_read_it(
    viewer: Client,
    add: Callable[..., Document],
    grouped: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document, read = add(), add(NEARLY)
    grouped()
    new = add(NEARLY + " more")
    assert set(found(viewer, document)) == {str(read.pk), str(new.pk)}
    assert set(found(viewer, new)) == {str(read.pk), str(document.pk)}
    monkeypatch.setattr(reading, "LATEST", 1)
    add("The one that changed last.")
    assert set(found(viewer, document)) == {str(read.pk)}


def test_fingerprints_of_another_method_are_not_compared(
    viewer: Client,
    add: Callable[..., Document],
    grouped: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document, _ = add(), add()
    grouped()
    Fingerprint.objects.update(method="another")
    monkeypatch.setattr(reading, "LATEST", 0)
    assert found(viewer, document) == {}
    job, groups = grouped()
    assert (job.counts["fingerprints"], len(groups)) == (2, 1)


# Of a project


def test_a_job_groups_what_is_alike(
    project: Project, manager: Client, add: Callable[..., Document], grouped: Callable[..., Any]
) -> None:
    first, other, second = add(external_id="n-1", title="T"), add("Another."), add(NEARLY)
    DocumentFactory.create(text=TEXT)
    job, groups = grouped()
    assert groups == [{str(first.pk), str(second.pk)}]
    [line] = groups_of(manager, job)
    estimate = round(similarity(signature(TEXT), signature(NEARLY)), 2)
    assert line["documents"] == [
        {"id": str(first.pk), "external_id": "n-1", "title": "T", "similarity": 1.0},
        {
            "id": str(second.pk),
            "external_id": None,
            "title": second.title,
            "similarity": estimate,
        },
    ]
    assert (job.done, job.total) == (6, 6)
    assert job.counts == {"fingerprints": 3, "groups": 1, "documents": 2}
    assert job.result_name == "near-duplicates.jsonl"
    assert not GroupMember.objects.exists()
    assert str(other.pk) not in groups[0]


def test_the_same_groups_come_out_as_by_brute_force(
    project: Project,
    add: Callable[..., Document],
    grouped: Callable[..., Any],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In many short turns, a few documents at a time, and in pages of few rows."""
    texts = corpus(Random(3), families=6, variants=6)
    Random(4).shuffle(texts)
    ids = [str(add(text).pk) for text in texts]
    settings.JOB_TURN = timedelta(0)
    monkeypatch.setattr(running, "READ_AT_ONCE", 7)
    monkeypatch.setattr(running, "COMPARED_AT_ONCE", 5)
    monkeypatch.setattr(report, "PAGE", 4)
    monkeypatch.setattr(reading, "CHARACTERS", 3000)
    job, groups = grouped(threshold=0.75)
    assert sorted(map(sorted, groups)) == connected(ids, [signature(text) for text in texts], 0.75)
    assert len(groups) > 3
    assert job.counts["groups"] == len(groups)
    assert job.counts["documents"] == sum(map(len, groups))


def connected(ids: list[str], signatures: list[bytes], threshold: float) -> list[list[str]]:
    """Return the groups of two or more that are connected by likeness, comparing each with each."""
    groups = {one: {one} for one in ids}
    for at, one in enumerate(ids):
        for other, made in zip(ids[:at], signatures[:at], strict=True):
            if similarity(signatures[at], made) >= threshold and groups[one] is not groups[other]:
                joined = groups[one] | groups[other]
                groups |= dict.fromkeys(joined, joined)
    different = {id(group): group for group in groups.values()}.values()
    return sorted(sorted(group) for group in different if len(group) > 1)


def test_groups_that_turn_out_connected_become_one(
    add: Callable[..., Document], grouped: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one is alike to two that are not alike to each other."""
    monkeypatch.setattr(running, "COMPARED_AT_ONCE", 1)
    words = TEXT.split()
    half = [f"new{number}" for number in range(7)] + words[7:]
    whole = half[:-7] + [f"late{number}" for number in range(7)]
    ids = [str(add(" ".join(text)).pk) for text in (words, words, whole, whole, half)]
    assert grouped(threshold=0.7)[1] == [set(ids)]


def test_a_second_job_reads_what_is_new(
    add: Callable[..., Document], grouped: Callable[..., Any]
) -> None:
    add()
    assert grouped()[0].counts == {"fingerprints": 1}
    add()
    job, groups = grouped()
    assert job.counts == {"fingerprints": 1, "groups": 1, "documents": 2}
    assert len(groups[0]) == 2


def test_a_project_without_texts_has_no_groups(
    upload: Callable[..., Document], grouped: Callable[..., Any]
) -> None:
    upload()
    job, groups = grouped()
    assert (groups, job.counts, job.total) == ([], {}, 0)


def test_a_job_that_was_cut_off_goes_on(
    project: Project,
    manager: Client,
    add: Callable[..., Document],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        add()
    settings.JOB_TURN = timedelta(0)
    monkeypatch.setattr(running, "COMPARED_AT_ONCE", 1)
    answer = manager.post(f"/projects/{project.pk}/near-duplicates", {})
    job = work_on(Job.objects.get(pk=answer.json()["id"]), turns=5)
    assert job.state == JobState.RUNNING
    late = add()
    assert work_on(job).state == JobState.SUCCEEDED
    [line] = groups_of(manager, job)
    assert len(line["documents"]) == 3
    assert str(late.pk) not in {one["id"] for one in line["documents"]}


def test_too_many_candidates_are_cut(
    add: Callable[..., Document], grouped: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "CANDIDATES", 2)
    monkeypatch.setattr(alike, "COMPARED", 1)
    for _ in range(5):
        add()
    assert [len(group) for group in grouped()[1]] == [5]


@pytest.mark.parametrize("body", [{"threshold": 0.5}, {"threshold": "x"}, {"of": 1}])
def test_what_is_asked_of_a_job_is_checked(
    project: Project, manager: Client, body: dict[str, Any]
) -> None:
    response = manager.post(f"/projects/{project.pk}/near-duplicates", body)
    assert response.status_code == 422
    assert not Job.objects.exists()
