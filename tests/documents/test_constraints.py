"""The database refuses what the services would never send."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from documents.models import Document, Membership, Project, Revision
from tests.factories import DocumentFactory, MembershipFactory, ProjectFactory, UserFactory


def refused(constraint: str, change: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        change()


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, external_id="n-1")
    return made


def test_a_slug_is_unique_while_its_project_is_not_deleted(project: Project) -> None:
    refused(
        "project_slug_unique_while_not_deleted", lambda: ProjectFactory.create(slug=project.slug)
    )


def test_a_person_is_in_a_project_once(project: Project) -> None:
    person = MembershipFactory.create(project=project).user
    refused(
        "membership_once_per_person",
        lambda: MembershipFactory.create(project=project, user=person, role="viewer"),
    )


def test_a_role_is_one_of_those_known(project: Project) -> None:
    refused("membership_role_known", lambda: MembershipFactory.create(role="king"))


def test_an_external_id_is_unique_in_its_project(document: Document) -> None:
    columns = {"title": "t", "sha256": "0", "external_id": "n-1"}
    refused(
        "document_external_id_unique_in_project",
        lambda: Document.objects.create(project=document.project, **columns),
    )


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("document_status_known", {"status": "lost"}),
        ("document_ready_has_revision", {"revision": None}),
        ("document_failed_has_error_code", {"status": "failed"}),
    ],
)
def test_a_document_is_in_a_state_that_makes_sense(
    document: Document, constraint: str, columns: dict[str, Any]
) -> None:
    refused(constraint, lambda: Document.objects.update(**columns))


def test_a_revision_s_number_is_unique_in_its_document(document: Document) -> None:
    refused(
        "revision_number_unique_in_document",
        lambda: Revision.objects.create(
            project=document.project, document=document, number=1, text="a", length=1
        ),
    )


def test_people_and_projects_in_use_are_not_cascaded_away(document: Document) -> None:
    person = MembershipFactory.create(project=document.project, user=UserFactory.create()).user
    for row in (person, document.project, document):
        with pytest.raises(ProtectedError):
            row.delete()
    assert Membership.objects.filter(user=person).exists()
