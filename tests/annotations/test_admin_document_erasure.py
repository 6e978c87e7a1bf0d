from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import Document, Job, JobState, Project, Role
from tests.documents.jobs_at_work import work_on
from tests.factories import AnnotationFactory, AnnotationSetFactory, DocumentFactory
from tests.staff import Staff, address_of


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


@pytest.fixture
def deleted(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, title="Letter to Ada")
    one = AnnotationSetFactory.create(document=made)
    AnnotationFactory.create_batch(2, annotation_set=one)
    Document.objects.filter(pk=made.pk).update(deleted_at=timezone.now(), source_size=2048)
    made.refresh_from_db()
    return made


def test_the_page_says_what_would_go(manager: Staff, deleted: Document) -> None:
    shown = manager.page_of(deleted)
    assert "Erasing it takes 1 revision, 2 annotations and 2.0\xa0KB of files." in shown
    assert address_of(deleted, "erase") in shown


def test_a_manager_erases_it_by_typing_its_title(manager: Staff, deleted: Document) -> None:
    told = manager.step(deleted, "erase", reason=" Letter to Ada ")
    assert told == ["Letter to Ada: on its way to be erased; its job tells when it is."]
    assert work_on(Job.objects.get()).state == JobState.SUCCEEDED
    deleted.refresh_from_db()
    shown = manager.page_of(deleted)
    assert "Letter to Ada" not in shown
    assert "erased" in shown
    assert "Erasing it takes" not in shown
    for step in ("erase", "restore"):
        assert address_of(deleted, step) not in shown


def test_nothing_is_erased_by_another_word(manager: Staff, deleted: Document) -> None:
    [told] = manager.step(deleted, "erase", reason="yes")
    assert "Expected the document's title or id." in told
    assert not Job.objects.exists()


def test_a_page_that_is_old_erases_nothing(manager: Staff, deleted: Document) -> None:
    [told] = manager.step(deleted, "erase", reason="Letter to Ada", version=deleted.version + 1)
    assert told.startswith("It changed after this page was loaded")
    assert not Job.objects.exists()


def test_who_signed_in_long_ago_is_asked_again(manager: Staff, deleted: Document) -> None:
    manager.session.update(authenticated_at=timezone.now() - timedelta(hours=1))
    asked = manager.press(deleted, "erase", reason="Letter to Ada")
    assert 'name="identity_password"' in asked.content.decode()
    assert not Job.objects.exists()


def test_curators_erase_nothing(deleted: Document, project: Project) -> None:
    curator = Staff.of(project, Role.CURATOR)
    assert address_of(deleted, "erase") not in curator.page_of(deleted)
    assert curator.press(deleted, "erase", reason="Letter to Ada").status_code == 403


def test_what_is_not_deleted_is_not_offered(manager: Staff, project: Project) -> None:
    live = DocumentFactory.create(project=project)
    shown = manager.page_of(live)
    assert address_of(live, "erase") not in shown
    assert "Erasing it takes" not in shown
