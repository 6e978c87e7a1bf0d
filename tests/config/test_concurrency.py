"""No lost update: what changes is changed by those who have seen it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from documents.models import Project
from tests.client import Client
from tests.events import log_of
from tests.factories import AnnotationFactory
from tests.threads import at_once


@pytest.fixture
def path(manager: Client, project: Project) -> str:
    """Return the path of a project at version 3."""
    path = f"/projects/{project.pk}"
    for version in (1, 2):
        manager.patch(path, {"name": f"Name {version}"}, if_match=str(version))
    return path


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """Check a refusal, and that nothing changed; return the problem."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert Project.objects.get().version == 3
    return body


def test_tells_the_version_as_a_strong_etag(manager: Client, path: str) -> None:
    assert manager.get(path)["ETag"] == '"3"'
    assert manager.send("HEAD", path, None)["ETag"] == '"3"'
    assert manager.post("/projects", {"name": "Another"})["ETag"] == '"1"'
    assert manager.patch(path, {"name": "New"}, if_match="3")["ETag"] == '"4"'


def test_a_change_counts_one_version_and_leaves_one_event(
    manager: Client, project: Project, path: str
) -> None:
    changed = manager.patch(path, {"name": "New"}, if_match="3")
    assert (changed.status_code, changed.data["version"]) == (200, 4)
    assert log_of(project.pk) == [("project.updated", manager.person.pk)] * 3


@pytest.mark.parametrize(
    "header", ["*", '"3"', ' "3" ', '"1", "3"', '"3","7"', 'W/"3"', '"3.utf16"', 'W/"2", "3.x"']
)
def test_takes_any_tag_of_the_version(manager: Client, path: str, header: str) -> None:
    response = manager.patch(path, {"name": "New"}, If_Match=header)
    assert (response.status_code, response["ETag"]) == (200, '"4"')


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("headers", [{}, {"If_Match": ""}, {"If_Match": " "}])
def test_asks_for_the_version(
    manager: Client, path: str, method: str, headers: dict[str, str]
) -> None:
    response = manager.send(method, path, {"name": "New"}, **headers)
    body = refused(response, 428, "precondition_required")
    assert body["detail"] == 'Send If-Match with the ETag that you read, e.g. "3".'


NO_TAGS = ["3", '"3', '"x"', "**", '*, "3"', '"3",', '"3" "4"', "'3'", '"-1"', '""', '"3.utf-16"']


@pytest.mark.parametrize("header", [*NO_TAGS, f'"{"0" * 18}3"', "x" * 5000])
def test_refuses_what_is_no_tag_of_ours(manager: Client, path: str, header: str) -> None:
    body = refused(manager.patch(path, {"name": "New"}, If_Match=header), 400, "invalid_header")
    expected = f'If-Match: expected ETags such as "3", found {header[:80]!a}.'
    assert body["detail"] == expected


@pytest.mark.parametrize("header", ['"2"', '"4"', '"1", "2"', '"999999999999999999"'])
def test_shows_who_comes_late_the_present_state(manager: Client, path: str, header: str) -> None:
    response = manager.patch(path, {"name": "New"}, If_Match=header)
    body = refused(response, 412, "stale_version")
    assert body["current"] == manager.get(path).json()


def test_refuses_to_delete_what_has_changed(manager: Client, path: str) -> None:
    body = refused(manager.delete(path, if_match="2"), 412, "stale_version")
    assert body["current"]["name"] == "Name 2"
    assert manager.delete(path, if_match="3").status_code == 204


def test_a_version_may_be_left_out_where_a_state_guards(curator: Client, project: Project) -> None:
    annotation = AnnotationFactory.create(
        project=project, annotation_set__document__project=project
    )
    path = f"/annotation-sets/{annotation.annotation_set_id}/return"
    for header, status in (('"2"', 412), ("x", 400), ('"1"', 409)):
        response = curator.post(path, {"reason": "Look again."}, If_Match=header)
        assert response.status_code == status
    assert curator.post(path, {"reason": "Look again."}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_changes_of_one_version_one_wins(manager: Client, path: str) -> None:
    clients = [Client.of(manager.person) for _ in range(8)]
    new = {"name": "New"}
    responses = at_once(*(partial(client.patch, path, new, if_match="3") for client in clients))
    (winner,) = (response for response in responses if response.status_code == 200)
    losers = [response for response in responses if response.status_code == 412]
    assert len(losers) == 7
    assert winner.data["version"] == Project.objects.get().version == 4
    assert all(loser.json()["current"] == winner.json() for loser in losers)
    assert len(log_of(Project.objects.get().pk)) == 3


@pytest.mark.django_db(transaction=True)
def test_of_a_simultaneous_change_and_deletion_one_wins(manager: Client, path: str) -> None:
    one, other = Client.of(manager.person), Client.of(manager.person)
    change = partial(one.patch, path, {"name": "New"}, if_match="3")
    deletion = partial(other.delete, path, if_match="3")
    statuses = [response.status_code for response in at_once(change, deletion)]
    assert statuses in [[200, 412], [412, 204], [404, 204]]
    assert Project.objects.get().version == 4


# Reading again


def test_what_a_reader_has_is_not_sent_again(manager: Client, project: Project) -> None:
    annotation = AnnotationFactory.create(annotation_set__document__project=project)
    of_document, own = f"/documents/{annotation.document_id}", f"/annotations/{annotation.pk}"
    content = f"/annotation-sets/{annotation.annotation_set_id}/content"
    label = f"/labels/{annotation.label_id}"
    for path in (own, label, content, f"{of_document}/text", f"{of_document}/layout"):
        tag = manager.get(path)["ETag"]
        for known in (tag, f'"x", W/{tag}', "*"):
            again = manager.get(path, **{"If-None-Match": known})
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        for other in ('"x"', "", "nonsense"):
            whole = manager.get(path, **{"If-None-Match": other})
            assert (whole.status_code, whole["ETag"]) == (200, tag)
            assert whole.json()


def test_what_has_changed_is_sent_again(manager: Client, project: Project) -> None:
    label = AnnotationFactory.create(annotation_set__document__project=project).label
    tag = manager.get(f"/labels/{label.pk}")["ETag"]
    assert manager.patch(f"/labels/{label.pk}", {"name": "New"}, if_match="1").status_code == 200
    again = manager.get(f"/labels/{label.pk}", **{"If-None-Match": tag})
    assert (again.status_code, again.json()["name"]) == (200, "New")


def test_what_shows_more_than_its_version_is_always_sent(
    manager: Client, project: Project, stranger: Client
) -> None:
    document = AnnotationFactory.create(annotation_set__document__project=project).document
    path = f"/documents/{document.pk}"
    assert manager.get(path, **{"If-None-Match": manager.get(path)["ETag"]}).status_code == 200
    tag = manager.get(f"{path}/text")["ETag"]
    assert stranger.get(f"{path}/text", **{"If-None-Match": tag}).status_code == 404
