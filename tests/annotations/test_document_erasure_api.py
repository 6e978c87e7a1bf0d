"""Who may have documents erased, how it is asked for, and what one sees of them afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from documents.models import Document, Job, JobKind, JobState, Project
from documents.serializers.erasures import AT_ONCE
from tests.annotations.erasing import SURE, erase
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    JobFactory,
    token_of,
)
from users.models import Event

pytestmark = pytest.mark.django_db
NOBODY = "01980000-0000-7000-8000-000000000000"


@pytest.fixture
def deleted(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, title="Letter to Ada")
    Document.objects.filter(pk=made.pk).update(deleted_at=timezone.now())
    made.refresh_from_db()
    return made


def asked(client: Client, document: Document, **body: Any) -> Any:
    given = SURE | {"confirm": str(document.pk)} | body
    return client.post(f"/documents/{document.pk}/erase", given)


def asked_for(client: Client, project: Project, **body: Any) -> Any:
    given = SURE | {"confirm": project.slug} | body
    return client.post(f"/projects/{project.pk}/erasures", given)


# One


def test_one_is_erased(manager: Client, deleted: Document, project: Project) -> None:
    answer = asked(manager, deleted)
    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"].endswith(f"/api/v1/jobs/{body['id']}")
    assert (body["kind"], body["state"], body["total"]) == ("erasure", "pending", 1)
    assert body["document_id"] == str(deleted.pk)
    assert body["parameters"] == {"documents": [str(deleted.pk)]}
    job = work_on(Job.objects.get(pk=body["id"]))
    assert job.state == JobState.SUCCEEDED
    event = Event.objects.get(action="document.erased")
    assert (event.target_id, event.actor, event.project_id) == (
        deleted.pk,
        manager.person,
        project.pk,
    )


def test_it_is_confirmed_by_title_or_id(manager: Client, deleted: Document) -> None:
    refused = asked(manager, deleted, confirm="Letter to Bob")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_confirmed")
    assert not Job.objects.exists()
    assert asked(manager, deleted, confirm="Letter to Ada").status_code == 202


def test_a_person_gives_their_password(manager: Client, deleted: Document) -> None:
    path = f"/documents/{deleted.pk}/erase"
    without = manager.post(path, {"confirm": str(deleted.pk)})
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (
        422,
        "/current_password",
    )
    wrong = asked(manager, deleted, current_password="not this one")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "wrong_password")
    assert not Job.objects.exists()


def test_a_token_needs_the_scope_and_no_password(manager: Client, deleted: Document) -> None:
    path, body = f"/documents/{deleted.pk}/erase", {"confirm": str(deleted.pk)}
    writer = Client.with_token(token_of(manager.person, scope="write"))
    assert writer.post(path, body).status_code == 403
    admin = Client.with_token(token_of(manager.person, scope="admin"))
    assert admin.post(path, body).status_code == 202


def test_what_is_not_deleted_is_not_erased(manager: Client, project: Project) -> None:
    live = DocumentFactory.create(project=project)
    one, many = asked(manager, live), asked_for(manager, project, documents=[str(live.pk)])
    for answer in (one, many):
        assert (answer.status_code, answer.json()["code"]) == (409, "document_live")
    assert many.json()["documents"] == [str(live.pk)]


def test_nobody_erases_twice(manager: Client, deleted: Document) -> None:
    job = Job.objects.get(pk=asked(manager, deleted).json()["id"])
    again = asked(manager, deleted)
    assert (again.status_code, again.json()["code"]) == (409, "job_under_way")
    work_on(job)
    again = asked(manager, deleted)
    assert (again.status_code, again.json()["code"]) == (410, "document_erased")


def test_not_while_an_import_is_under_way(
    manager: Client, deleted: Document, project: Project
) -> None:
    job = JobFactory.create(project=project, kind=JobKind.IMPORT)
    for answer in (asked(manager, deleted), asked_for(manager, project, documents=[deleted.pk])):
        assert (answer.status_code, answer.json()["code"]) == (409, "import_under_way")
    manager.post(f"/jobs/{job.pk}/cancel")
    assert asked(manager, deleted).status_code == 202


# Many


def test_many_are_erased(manager: Client, deleted: Document, project: Project) -> None:
    other = DocumentFactory.create(project=project)
    erase(manager, other)
    more = DocumentFactory.create(project=project)
    manager.delete(f"/documents/{more.pk}", if_match=str(more.version))
    ids = [str(one.pk) for one in (deleted, other, more, more)]
    answer = asked_for(manager, project, documents=ids)
    assert (answer.status_code, answer.json()["total"]) == (202, 2)
    job = work_on(Job.objects.get(pk=answer.json()["id"]))
    assert job.counts["documents"] == 2
    assert not Document.objects.filter(erased_at=None).exists()
    assert Event.objects.filter(action="document.erased").count() == 3


def test_all_that_was_deleted_before_a_time_is_erased(
    manager: Client, deleted: Document, project: Project
) -> None:
    kept = [DocumentFactory.create(project=project), DocumentFactory.create(project=project)]
    Document.objects.filter(pk=kept[1].pk).update(deleted_at=timezone.now() + timedelta(hours=1))
    elsewhere = DocumentFactory.create()
    Document.objects.filter(pk=elsewhere.pk).update(deleted_at=timezone.now())
    before = (timezone.now() + timedelta(minutes=1)).isoformat()
    answer = asked_for(manager, project, deleted_before=before)
    assert (answer.status_code, answer.json()["total"]) == (202, 1)
    assert answer.json()["document_id"] is None
    job = work_on(Job.objects.get(pk=answer.json()["id"]))
    assert (job.state, job.done) == (JobState.SUCCEEDED, 1)
    assert list(Document.objects.exclude(erased_at=None)) == [deleted]


def test_they_are_confirmed_by_the_projects_slug_or_id(
    manager: Client, deleted: Document, project: Project
) -> None:
    refused = asked_for(manager, project, documents=[deleted.pk], confirm="another")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_confirmed")
    given = asked_for(manager, project, documents=[deleted.pk], confirm=str(project.pk))
    assert given.status_code == 202


def test_foreign_and_missing_documents_are_told_alike(
    manager: Client, deleted: Document, project: Project
) -> None:
    foreign = DocumentFactory.create()
    Document.objects.filter(pk=foreign.pk).update(deleted_at=timezone.now())
    for unknown in (str(foreign.pk), NOBODY):
        answer = asked_for(manager, project, documents=[str(deleted.pk), unknown])
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/documents/1", "unknown")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"documents": []},
        {"documents": ["n"]},
        {"documents": [NOBODY] * (AT_ONCE + 1)},
        {"documents": [NOBODY], "deleted_before": "2026-01-01T00:00:00Z"},
        {"deleted_before": "yesterday"},
        {"deleted_before": "2026-01-01T00:00:00Z", "why": "because"},
    ],
)
def test_one_way_to_say_which(manager: Client, project: Project, body: dict[str, Any]) -> None:
    answer = asked_for(manager, project, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_nothing_to_erase(manager: Client, project: Project) -> None:
    answer = asked_for(manager, project, deleted_before="2020-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_erase")
    erased = erase(manager, DocumentFactory.create(project=project)).parameters["documents"]
    answer = asked_for(manager, project, documents=erased)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_erase")


# What one sees afterwards


def test_an_erased_document_is_gone(manager: Client, deleted: Document, project: Project) -> None:
    annotation = AnnotationFactory.create(
        annotation_set=AnnotationSetFactory.create(document=deleted)
    )
    erase(manager, deleted)
    for path in ("", "/text", "/source", "/annotations"):
        assert manager.get(f"/documents/{deleted.pk}{path}").status_code == 404
    assert manager.get(f"/annotations/{annotation.pk}").status_code == 404
    restored = manager.post(f"/documents/{deleted.pk}/restore")
    assert (restored.status_code, restored.json()["code"]) == (410, "document_erased")
    deleted.refresh_from_db()
    assert deleted.deleted_at


def test_lists_show_what_is_left_when_asked(
    manager: Client, deleted: Document, project: Project
) -> None:
    kept, gone = DocumentFactory.create(project=project), DocumentFactory.create(project=project)
    erase(manager, gone)

    def listed(query: str) -> list[Any]:
        found = manager.get(f"/projects/{project.pk}/documents?{query}").json()["results"]
        return [one["id"] for one in found]

    assert listed("") == listed("erased=false") == [str(kept.pk)]
    assert listed("deleted=true") == [str(deleted.pk)]
    assert listed("erased=true") == [str(gone.pk)]
    [tombstone] = manager.get(f"/projects/{project.pk}/documents?erased=true").json()["results"]
    assert (tombstone["title"], tombstone["metadata"]) == ("Erased document", {})
    assert tombstone["error"]["code"] == "erased"


def test_its_external_id_is_free(manager: Client, project: Project) -> None:
    path, body = f"/projects/{project.pk}/documents", {"text": "Ada.", "external_id": "n-1"}
    made = Document.objects.get(pk=manager.post(path, body).json()["id"])
    erase(manager, made)
    assert manager.post(path, body).status_code == 201
