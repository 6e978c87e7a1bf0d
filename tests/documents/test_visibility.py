"""Every query starts with who asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from documents.models import Document, Membership, Project, Revision
from tests.factories import DocumentFactory, MembershipFactory, UserFactory
from users.models import User


@pytest.fixture
def document(project: Project) -> Document:
    DocumentFactory.create()  # somebody else's
    made: Document = DocumentFactory.create(project=project)
    return made


@pytest.fixture
def person(project: Project) -> User:
    user: User = MembershipFactory.create(project=project, role="viewer").user
    return user


MODELS: list[Any] = [Project, Membership, Document, Revision]


@pytest.mark.parametrize("model", MODELS)
def test_members_see_what_is_in_their_projects(
    document: Document, person: User, model: Any
) -> None:
    [seen] = model.objects.visible_to(person)
    assert getattr(seen, "project_id", seen.pk) == document.project_id


@pytest.mark.parametrize("model", MODELS)
def test_strangers_see_nothing_and_superusers_all(
    document: Document, person: User, model: Any
) -> None:
    assert not model.objects.visible_to(UserFactory.create()).exists()
    chief = UserFactory.create(is_superuser=True)
    assert model.objects.visible_to(chief).count() == model.objects.count()


@pytest.mark.parametrize("model", [Membership, Document, Revision])
def test_nobody_sees_what_is_in_a_deleted_project(
    document: Document, person: User, model: Any
) -> None:
    Project.objects.update(deleted_at=timezone.now())
    for user in (person, UserFactory.create(is_superuser=True)):
        assert not model.objects.visible_to(user).exists()


def test_the_texts_of_a_deleted_document_are_not_seen(document: Document, person: User) -> None:
    Document.objects.update(deleted_at=timezone.now())
    assert not Revision.objects.visible_to(person).exists()
    assert Document.objects.visible_to(person).exclude(deleted_at=None).count() == 1
    assert not Document.objects.visible_to(person).live().exists()
