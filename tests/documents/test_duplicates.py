"""A project allows, links or refuses documents with the very content of another one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from documents.intake import hold_policy, identity_free
from documents.models import Document, DuplicatePolicy, Project, Role
from tests.client import Client
from tests.events import changed, last_event
from tests.factories import DocumentFactory
from tests.staff import Staff, page
from tests.threads import at_once, start_until_it_waits, while_held

Made = Callable[..., Any]
Set = Callable[[str], None]
TEXT = "Ada lives in Turin."
DIGEST = sha256(TEXT.encode()).hexdigest()


@pytest.fixture
def policy(project: Project, manager: Client) -> Set:
    """Return a function that sets the project's policy as a manager does."""

    def change(value: str) -> None:
        path = f"/projects/{project.pk}"
        response = manager.patch(
            path, {"duplicates": value}, if_match=manager.get(path)["ETag"][1:-1]
        )
        assert response.json()["duplicates"] == value

    return change


@pytest.fixture
def add(project: Project, manager: Client) -> Callable[..., Any]:
    def post(text: str = TEXT, **fields: Any) -> Any:
        return manager.post(f"/projects/{project.pk}/documents", {"text": text, **fields})

    return post


def refused_for(response: Any, other: Any) -> bool:
    problem = response.json()
    told = (response.status_code, problem["code"], problem["document_id"])
    return told == (409, "duplicate_document", other["id"]) and other["id"] in problem["detail"]


def test_duplicates_are_linked_to_the_first(made: Made) -> None:
    first, other, second, third = made(), made(text="Eve."), made(), made()
    assert [one["duplicate_of_id"] for one in (first, other)] == [None, None]
    assert [one["duplicate_of_id"] for one in (second, third)] == [first["id"]] * 2
    assert last_event(second["id"]).after["duplicate_of_id"] == first["id"]


def test_a_project_may_allow_them(policy: Set, made: Made) -> None:
    policy("allow")
    assert [made()["duplicate_of_id"] for _ in range(2)] == [None, None]


def test_a_project_may_refuse_them(policy: Set, made: Made, add: Made) -> None:
    policy("refuse")
    first = made()
    assert refused_for(add(external_id="n-1"), first)
    assert made(text="Eve.")["duplicate_of_id"] is None
    assert Document.objects.count() == 2


def test_those_from_before_the_policy_count_too(policy: Set, made: Made, add: Made) -> None:
    first, _ = made(), made()
    policy("refuse")
    assert refused_for(add(), first)


def test_deleted_and_foreign_documents_do_not_count(
    policy: Set, manager: Client, made: Made
) -> None:
    policy("refuse")
    DocumentFactory.create(text=TEXT)
    first = made()
    manager.delete(f"/documents/{first['id']}", if_match="1")
    assert made()["duplicate_of_id"] is None


@pytest.mark.parametrize("value", ["link", "refuse"])
def test_the_bytes_of_a_file_are_its_content(
    project: Project, manager: Client, policy: Set, made: Made, value: str, tmp_path: Any
) -> None:
    policy(value)
    first = made()
    file = tmp_path / "ada.txt"
    file.write_text(TEXT)
    with file.open("rb") as opened:
        response = manager.upload(f"/projects/{project.pk}/documents", file=opened)
    if value == "link":
        assert response.json()["duplicate_of_id"] == first["id"]
        return
    assert refused_for(response, first)
    assert not any(files for _, files in [default_storage.listdir("")])


@pytest.mark.parametrize("value", DuplicatePolicy.values)
def test_within_a_request_the_same_holds(
    project: Project, manager: Client, policy: Set, value: str
) -> None:
    policy(value)
    body = {"documents": [{"text": TEXT}, {"text": "Eve."}, {"text": TEXT}]}
    answer = manager.post(f"/projects/{project.pk}/documents/bulk", body).json()
    first, _, last = answer["results"]
    if value == "refuse":
        assert (last["status"], last["problem"]["document_id"]) == (409, first["id"])
        assert last["problem"]["code"] == "duplicate_document"
    else:
        assert last["duplicate_of_id"] == (first["id"] if value == "link" else None)


def test_a_new_revision_is_held_against_the_policy(
    project: Project, manager: Client, policy: Set, made: Made
) -> None:
    first, second = made(), made(text="Eve.", external_id="n-1")
    path = f"/projects/{project.pk}/documents/bulk"
    again: dict[str, Any] = {
        "documents": [{"text": TEXT, "external_id": "n-1"}],
        "on_known": "new_revision",
    }
    policy("refuse")
    [result] = manager.post(path, again).json()["results"]
    assert result["problem"]["document_id"] == first["id"]
    assert manager.get(f"/documents/{second['id']}").json() == second
    policy("link")
    [result] = manager.post(path, again).json()["results"]
    assert (result["ended"], result["duplicate_of_id"]) == ("revised", first["id"])
    assert changed(last_event(second["id"]))["duplicate_of_id"] == (None, first["id"])
    again["documents"][0]["text"] = "Eve."
    [result] = manager.post(path, again).json()["results"]
    assert result["duplicate_of_id"] is None


@pytest.mark.parametrize("value", DuplicatePolicy.values)
def test_a_document_that_comes_back_is_held_against_it(
    manager: Client, policy: Set, made: Made, value: str
) -> None:
    first = made()
    manager.delete(f"/documents/{first['id']}", if_match="1")
    second = made()
    policy(value)
    response = manager.post(f"/documents/{first['id']}/restore")
    if value == "refuse":
        assert refused_for(response, second)
        assert manager.get(f"/documents/{first['id']}").status_code == 404
    else:
        linked = second["id"] if value == "link" else None
        assert response.json()["duplicate_of_id"] == linked


def test_what_came_back_keeps_its_content(
    policy: Set, manager: Client, made: Made, add: Made
) -> None:
    first = made()
    manager.delete(f"/documents/{first['id']}", if_match="1")
    policy("refuse")
    assert manager.post(f"/documents/{first['id']}/restore").status_code == 200
    assert Document.objects.get().content_key == DIGEST
    assert refused_for(add(), first)


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_ones_the_first_is_kept(
    project: Project, manager: Client, policy: Set
) -> None:
    policy("refuse")
    path, clients = f"/projects/{project.pk}/documents", [Client.of(manager.person) for _ in "123"]
    answers = at_once(*(lambda c=c: c.post(path, {"text": TEXT}) for c in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    [kept] = Document.objects.all()
    told = {answer.json().get("document_id") for answer in answers}
    assert told == {None, str(kept.pk)}


@pytest.mark.django_db(transaction=True)
def test_what_comes_back_may_be_too_late(
    project: Project, manager: Client, policy: Set, made: Made
) -> None:
    """Another transaction takes its content after it was looked for, before it is used."""
    policy("refuse")
    first, other = made(), made(text="Eve.")
    manager.delete(f"/documents/{first['id']}", if_match="1")
    path, row = f"/documents/{first['id']}/restore", Document.objects.get(pk=other["id"])
    [response] = while_held(row, lambda: manager.post(path), content_key=DIGEST)
    assert refused_for(response, other)


@pytest.mark.django_db(transaction=True)
def test_the_policy_stays_while_documents_are_taken_in(project: Project, policy: Set) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert hold_policy(project.pk) == "link"
            change = start_until_it_waits(pool, lambda: policy("refuse"))
            assert not change.done()
        change.result()
    with transaction.atomic():
        assert hold_policy(project.pk) == "refuse"


def test_other_errors_are_not_taken_for_a_matter_of_identity(project: Project) -> None:
    document = DocumentFactory.create(project=project)
    with pytest.raises(IntegrityError, match="document_status_known"), identity_free(document):
        Document.objects.update(status="lost")


def test_a_project_s_policy_is_one_of_three(project: Project, manager: Client) -> None:
    path = f"/projects/{project.pk}"
    assert manager.get(path).json()["duplicates"] == "link"
    assert manager.patch(path, {"duplicates": "drop"}, if_match="1").status_code == 422


def test_the_policy_is_set_in_the_admin_too(project: Project) -> None:
    manager = Staff.of(project, Role.MANAGER)
    fields = {"name": project.name, "slug": project.slug, "seen_version": 1}
    manager.save(page(project), **fields, duplicates="refuse")
    assert Project.objects.get(pk=project.pk).duplicates == "refuse"
