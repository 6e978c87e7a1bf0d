"""What a project keeps is counted in the transaction of each change, and held to its limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from pytest_django import Settings

from documents.errors import QuotaExceeded
from documents.models import Document, Project, Role, Usage
from documents.usage import charge, used_by
from tests.client import Client
from tests.documents.conftest import Upload, Working
from tests.documents.test_admin_projects import fields_of
from tests.events import last_event
from tests.factories import UserFactory
from tests.staff import Staff, page
from tests.threads import at_once, while_held

pytestmark = pytest.mark.django_db
TEXT = "Zoë 👩‍🔬"  # 17 bytes in UTF-8


def limited(project: Project, **limits: int) -> None:
    Project.objects.filter(pk=project.pk).update(**limits)
    project.refresh_from_db()


def usage(client: Client, project: Project) -> Any:
    response = client.get(f"/projects/{project.pk}/usage")
    assert response.status_code == 200
    return response.json()


def test_a_new_project_keeps_nothing_and_may_keep_all(viewer: Client, project: Project) -> None:
    assert usage(viewer, project) == {
        "documents": 0,
        "bytes": 0,
        "max_documents": None,
        "max_bytes": None,
        "awaiting_index": 0,
    }


def test_a_text_counts_by_its_bytes(
    viewer: Client, project: Project, made: Callable[..., Any]
) -> None:
    made(text=TEXT)
    told = usage(viewer, project)
    assert (told["documents"], told["bytes"]) == (1, len(TEXT.encode()))


def test_a_file_counts_and_so_does_its_text(
    viewer: Client, project: Project, upload: Upload, working: Working
) -> None:
    with working():
        upload(b"Ada lives.")
    assert usage(viewer, project)["bytes"] == 20
    assert usage(viewer, project)["documents"] == 1


def test_what_is_deleted_counts_for_it_can_be_restored(
    manager: Client, project: Project, made: Callable[..., Any]
) -> None:
    document = made(text=TEXT)
    manager.delete(f"/documents/{document['id']}", if_match="1")
    assert usage(manager, project)["documents"] == 1


def test_a_text_beyond_the_quota_is_refused_and_nothing_kept(
    manager: Client, project: Project, made: Callable[..., Any]
) -> None:
    limited(project, max_bytes=len(TEXT.encode()) + 4)
    made(text=TEXT)
    response = manager.post(f"/projects/{project.pk}/documents", {"text": "12345"})
    told = response.json()
    assert (response.status_code, told["code"]) == (413, "quota_exceeded")
    limit, used = len(TEXT.encode()) + 4, len(TEXT.encode())
    assert (told["quota"], told["limit"], told["used"], told["asked"]) == ("bytes", limit, used, 5)
    assert told["detail"] == (
        f"The project may keep {limit} bytes, keeps {used}, and 5 more are asked."
    )
    assert Document.objects.count() == 1
    assert manager.post(f"/projects/{project.pk}/documents", {"text": "1234"}).status_code == 201


def test_a_file_beyond_the_quota_is_refused_and_not_stored(
    manager: Client, project: Project, settings: Settings
) -> None:
    limited(project, max_documents=0)
    path = f"/projects/{project.pk}/documents"
    response = manager.upload(path, file=SimpleUploadedFile("ada.txt", b"Ada"))
    assert (response.status_code, response.json()["quota"]) == (413, "documents")
    media = settings.STORAGES["default"]["OPTIONS"]["location"]
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_the_site_s_limits_hold_where_a_project_has_none(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.PROJECT_MAX_DOCUMENTS, settings.PROJECT_MAX_BYTES = 1, 100
    path = f"/projects/{project.pk}/documents"
    assert manager.post(path, {"text": "Ada"}).status_code == 201
    refused = manager.post(path, {"text": "Eve"}).json()
    assert (refused["code"], refused["limit"]) == ("quota_exceeded", 1)
    limited(project, max_documents=2)
    assert manager.post(path, {"text": "Eve"}).status_code == 201
    told = usage(manager, project)
    assert (told["max_documents"], told["max_bytes"]) == (2, 100)


def test_a_document_whose_text_is_beyond_the_quota_ends_failed(
    project: Project, viewer: Client, upload: Upload, working: Working
) -> None:
    limited(project, max_bytes=8)
    with working():
        document = upload(b"Ada l")
    shown = viewer.get(f"/documents/{document.pk}").json()
    assert (shown["status"], shown["error"]["code"]) == ("failed", "quota_exceeded")
    assert "The project may keep 8 bytes, keeps 5, and 5 more" in shown["error"]["detail"]
    assert shown["revision"] is None
    assert usage(viewer, project)["bytes"] == 5


def test_once_there_is_room_again_it_is_processed(
    project: Project, manager: Client, upload: Upload, working: Working
) -> None:
    limited(project, max_bytes=8)
    with working():
        document = upload(b"Ada l")
    limited(project, max_bytes=10)
    with working():
        manager.post(f"/documents/{document.pk}/reprocess")
    assert manager.get(f"/documents/{document.pk}").json()["status"] == "ready"
    assert usage(manager, project)["bytes"] == 10


def test_what_is_erased_is_given_back_but_never_more_than_all(project: Project) -> None:
    charge(project.pk, documents=2, bytes=10)
    charge(project.pk, documents=-1, bytes=-4)
    assert used_by(project) == (1, 6)
    charge(project.pk, documents=-5, bytes=-5)
    assert used_by(project) == (0, 1)
    assert str(Usage.objects.get()) == "0 documents, 1 bytes"


def test_beyond_a_limit_that_was_lowered_things_can_only_go(project: Project) -> None:
    charge(project.pk, documents=2, bytes=10)
    limited(project, max_documents=1, max_bytes=1)
    charge(project.pk, documents=-1)
    with pytest.raises(QuotaExceeded):
        charge(project.pk, bytes=1)
    assert used_by(project) == (1, 10)


def test_a_refusal_leaves_the_transaction_as_it_was(project: Project) -> None:
    limited(project, max_documents=1)
    with transaction.atomic():
        charge(project.pk, documents=1)
        with pytest.raises(QuotaExceeded):
            charge(project.pk, documents=1, bytes=5)
    assert used_by(project) == (1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_first", [True, False])
def test_of_simultaneous_documents_as_many_pass_as_there_is_room_for(
    project: Project, manager: Client, *, is_first: bool
) -> None:
    limited(project, max_documents=3)
    if not is_first:
        charge(project.pk, documents=1)
    path = f"/projects/{project.pk}/documents"
    clients = [Client.of(manager.person) for _ in range(6)]
    answers = at_once(*(lambda c=c: c.post(path, {"text": "Ada"}) for c in clients))
    passed = 3 if is_first else 2
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * passed + [413] * (6 - passed)
    assert Usage.objects.get().documents == 3
    assert Document.objects.count() == passed


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_the_count_decides_by_what_it_is_then(project: Project) -> None:
    charge(project.pk, bytes=1)
    limited(project, max_bytes=10)

    def try_it() -> str:
        try:
            charge(project.pk, bytes=5)
        except QuotaExceeded as refusal:
            return f"{refusal.members['used']} used"
        return "passed"

    assert while_held(Usage.objects.get(), try_it, bytes=7) == ["7 used"]


# Who sets it


def test_a_superuser_sets_a_quota_and_gives_it_up(project: Project) -> None:
    boss = Client.of(UserFactory.create(is_superuser=True))
    path = f"/projects/{project.pk}"
    changed = boss.patch(path, {"max_documents": 5, "max_bytes": 0}, if_match="1")
    assert (changed.json()["max_documents"], changed.json()["max_bytes"]) == (5, 0)
    assert last_event(project.pk).after["max_documents"] == 5
    freed = boss.patch(path, {"max_documents": None}, if_match="2").json()
    assert (freed["max_documents"], freed["max_bytes"]) == (None, 0)


@pytest.mark.parametrize("quota", [{"max_documents": 5}, {"max_bytes": None}])
def test_nobody_else_does(manager: Client, project: Project, quota: dict[str, Any]) -> None:
    refused = manager.patch(f"/projects/{project.pk}", {"name": "New"} | quota, if_match="1")
    assert (refused.status_code, refused.json()["code"]) == (403, "superusers_only")
    refused = manager.post("/projects", {"name": "New"} | quota)
    assert (refused.status_code, refused.json()["code"]) == (403, "superusers_only")
    assert not Project.objects.filter(name="New").exists()


@pytest.mark.parametrize("limit", [-1, "many", 1.5])
def test_a_limit_is_a_number_that_can_be_kept(project: Project, limit: Any) -> None:
    boss = Client.of(UserFactory.create(is_superuser=True))
    refused = boss.patch(f"/projects/{project.pk}", {"max_bytes": limit}, if_match="1")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/max_bytes")


def test_the_admin_sets_it_for_superusers_and_shows_it_to_managers(project: Project) -> None:
    charge(project.pk, documents=2, bytes=2048)
    shown = Staff.of(project, Role.MANAGER).page_of(project)
    assert 'name="max_documents"' not in shown
    assert "2 documents, 2.0\xa0KB" in shown
    form = fields_of(project, max_documents="7", max_bytes="")
    assert Staff.superuser().save(page(project), **form).status_code == 302
    project.refresh_from_db()
    assert (project.max_documents, project.max_bytes) == (7, None)


def test_a_manager_s_form_cannot_set_it(project: Project) -> None:
    form = fields_of(project, name="New", max_documents="7")
    Staff.of(project, Role.MANAGER).save(page(project), **form)
    project.refresh_from_db()
    assert (project.name, project.max_documents) == ("New", None)
