"""How far a project is: true after every change, and as far as who reads may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from annotations.models import AnnotationSet, State
from documents.models import Document, Project, Status, Tally
from documents.tasks import add_up_tallies
from tests.client import Client
from tests.factories import AnnotationSetFactory, DocumentFactory, LabelFactory, UserFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def progress(client: Client, project: Project) -> dict[str, Any]:
    answer = client.get(f"/projects/{project.pk}/progress")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def told_by_the_rows(project: Project) -> dict[str, Any]:
    """Return what it should be for somebody who sees all."""
    live = Document.objects.live().filter(project=project)
    sets = AnnotationSet.objects.filter(document__in=live)
    return {
        "documents": {one.value: live.filter(status=one).count() for one in Status},
        "annotation_sets": {one.value: sets.filter(state=one).count() for one in State},
        "annotated_documents": live.filter(annotation_sets__isnull=False).distinct().count(),
    }


def test_nothing_is_counted_in_a_new_project(project: Project, viewer: Client) -> None:
    assert progress(viewer, project) == {
        "documents": {"pending": 0, "processing": 0, "ready": 0, "failed": 0},
        "annotation_sets": {"draft": 0, "submitted": 0, "approved": 0, "returned": 0},
        "annotated_documents": 0,
    }


def test_it_is_true_after_each_change(project: Project, manager: Client, annotator: Client) -> None:
    label = LabelFactory.create(project=project)
    path = f"/projects/{project.pk}/documents"

    def is_true() -> None:
        assert progress(manager, project) == told_by_the_rows(project)

    document = manager.post(path, {"text": "Ada lives in Turin."}).data["id"]
    is_true()
    span = {"label": str(label.pk), "start": 0, "end": 3}
    said = annotator.post(f"/documents/{document}/annotations", span).data
    assert progress(manager, project)["annotated_documents"] == 1
    is_true()
    annotator.post(f"/annotation-sets/{said['annotation_set_id']}/submit")
    assert progress(manager, project)["annotation_sets"]["submitted"] == 1
    is_true()
    manager.post(f"/documents/{document}/annotation-sets", {"kind": "gold"})
    is_true()
    manager.delete(f"/documents/{document}", if_match="1")
    assert progress(manager, project)["annotation_sets"]["submitted"] == 0
    is_true()
    manager.post(f"/documents/{document}/restore")
    assert progress(manager, project)["annotation_sets"]["submitted"] == 1
    is_true()
    manager.post(f"{path}/bulk", {"documents": [{"text": "One."}, {"text": "Two."}]})
    assert progress(manager, project)["documents"]["ready"] == 3
    is_true()


def test_a_file_is_counted_on_its_way(project: Project, manager: Client) -> None:
    document = DocumentFactory.create(project=project)
    for status in (Status.PENDING, Status.PROCESSING, Status.READY):
        Document.objects.filter(pk=document.pk).update(status=status)
        assert progress(manager, project) == told_by_the_rows(project)


def test_other_projects_are_not_counted(project: Project, manager: Client) -> None:
    AnnotationSetFactory.create()
    assert progress(manager, project) == told_by_the_rows(project)
    assert progress(manager, project)["annotated_documents"] == 0


def test_a_set_on_a_deleted_document_is_counted_when_that_comes_back(
    project: Project, manager: Client
) -> None:
    document = DocumentFactory.create(project=project)
    Document.objects.update(deleted_at=timezone.now())
    kept = AnnotationSetFactory.create(document=document)
    AnnotationSet.objects.update(state=State.SUBMITTED, author=UserFactory.create())
    assert progress(manager, project) == told_by_the_rows(project)
    Document.objects.update(deleted_at=None)
    assert progress(manager, project) == told_by_the_rows(project)
    assert kept.project_id == project.pk
    assert progress(manager, project)["annotation_sets"]["submitted"] == 1


def test_an_annotator_of_a_blind_project_sees_their_own_and_approved_sets(
    project: Project, annotator: Client
) -> None:
    document = DocumentFactory.create(project=project)
    AnnotationSetFactory.create(document=document, state=State.SUBMITTED)
    AnnotationSetFactory.create(document=document, state=State.APPROVED)
    AnnotationSetFactory.create(document=document, author=annotator.person)
    told = progress(annotator, project)
    assert told["annotation_sets"] == {"draft": 1, "submitted": 0, "approved": 1, "returned": 0}
    assert told["annotated_documents"] is None
    assert told["documents"]["ready"] == 1
    Project.objects.update(is_blind=False)
    assert progress(annotator, project) == told_by_the_rows(project)


def test_superusers_see_all(project: Project) -> None:
    AnnotationSetFactory.create(document=DocumentFactory.create(project=project))
    reader = Client.of(UserFactory.create(is_superuser=True))
    assert progress(reader, project) == told_by_the_rows(project)


def test_adding_up_changes_no_count_and_leaves_few_rows(project: Project, manager: Client) -> None:
    for document in DocumentFactory.create_batch(3, project=project):
        AnnotationSetFactory.create(document=document)
    Document.objects.filter(pk=document.pk).update(deleted_at=timezone.now())
    before = progress(manager, project)
    add_up_tallies()
    assert progress(manager, project) == before == told_by_the_rows(project)
    mine = Tally.objects.filter(project_id=project.pk)
    assert mine.count() == len({(one.what, one.value, one.author_id) for one in mine})
    assert not mine.filter(change=0).exists()
    kept = set(mine.values_list("pk", flat=True))
    add_up_tallies()  # of which there is nothing more
    assert set(mine.values_list("pk", flat=True)) == kept
    assert str(mine.get(what="document")) == "document ready: +2"


@pytest.mark.django_db(transaction=True)
def test_a_document_that_two_begin_at_once_is_counted_once(
    project: Project, annotator: Client, member: Callable[[str], Client]
) -> None:
    document = DocumentFactory.create(project=project)
    path = f"/documents/{document.pk}/annotation-sets"
    clients = [annotator, *(member("annotator") for _ in range(5))]
    at_once(*[lambda client=client: client.post(path, {}) for client in clients])
    assert AnnotationSet.objects.count() == 6
    curator = member("curator")
    assert progress(curator, project) == told_by_the_rows(project)
    assert progress(curator, project)["annotated_documents"] == 1


def test_who_takes_back_counts_nothing(project: Project, manager: Client) -> None:
    before = progress(manager, project)
    with transaction.atomic():
        AnnotationSetFactory.create(document=DocumentFactory.create(project=project))
        transaction.set_rollback(True)
    assert progress(manager, project) == before
