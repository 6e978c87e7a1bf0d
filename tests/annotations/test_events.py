"""Every write has exactly one event, and neither is there without the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.models import Annotation, AnnotationSet, Label
from config.api import request_id
from documents.models import Document, Membership, Project
from tests.client import BASE, Client
from tests.factories import LabelFactory, MembershipFactory, UserFactory
from users.models import Event

Do = Callable[..., Any]
Write = Callable[["Room"], Any]


class Room:
    """A project with a row of everything, and its manager, who may do all there is."""

    request_id = "the-request"

    def __init__(self, project: Project, document: Document, label: Label) -> None:
        self.project, self.document, self.label = project, document, label
        person = MembershipFactory.create(project=project, role="manager").user
        self.manager = Client.of(person)
        self.member = MembershipFactory.create(project=project, role="viewer")
        self.archived = LabelFactory.create(project=project)
        self.manager.delete(f"/labels/{self.archived.pk}?confirm=true", if_match="1")
        self.said = self._say()
        self.deleted = self._say()
        self.manager.delete(f"/annotations/{self.deleted['id']}", if_match="1")
        self.of_another = self._handed_in()
        Document.objects.filter(pk=document.pk).update(source="sources/00/0")  # to read again

    def _say(self) -> Any:
        content = {"label": self.label.pk, "start": 0, "end": 3}
        return self.manager.post(f"/documents/{self.document.pk}/annotations", content).json()

    def _handed_in(self) -> Any:
        author = Client.of(MembershipFactory.create(project=self.project).user)
        own = author.post(f"/documents/{self.document.pk}/annotation-sets").json()
        return author.post(f"/annotation-sets/{own['id']}/submit").json()

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """Send a request of the manager's, under the room's request id."""
        return self.manager.send(method, path, data, x_request_id=self.request_id, **headers)

    def upload(self) -> Any:
        """Send a file."""
        path = f"{BASE}/projects/{self.project.pk}/documents"
        parts = {"file": SimpleUploadedFile("a.txt", b"Ada")}
        headers = {"X-Request-ID": self.request_id}
        return self.manager.http.post(path, parts, format="multipart", headers=headers)


@pytest.fixture
def room(project: Project, document: Document, label: Label) -> Room:
    return Room(project, document, label)


def change(path: Callable[[Room], str], content: dict[str, Any]) -> Write:
    return lambda room: room.send("PATCH", path(room), content, if_match="1")


def removal(path: Callable[[Room], str]) -> Write:
    return lambda room: room.send("DELETE", path(room), if_match="1")


def order(path: Callable[[Room], str], content: Callable[[Room], Any] = lambda _: None) -> Write:
    return lambda room: room.send("POST", path(room), content(room))


def in_project(rest: str) -> Callable[[Room], str]:
    return lambda room: f"/projects/{room.project.pk}{rest}"


WRITES: dict[str, Write] = {
    "project.updated": change(in_project(""), {"name": "New"}),
    "project.deleted": removal(in_project("")),
    "member.added": order(
        in_project("/members"), lambda _: {"email": UserFactory.create().email, "role": "viewer"}
    ),
    "member.updated": change(lambda room: f"/members/{room.member.pk}", {"role": "curator"}),
    "member.removed": removal(lambda room: f"/members/{room.member.pk}"),
    "label.created": order(in_project("/labels"), lambda _: {"kind": "span", "name": "n"}),
    "label.updated": change(lambda room: f"/labels/{room.label.pk}", {"name": "n"}),
    "label.archived": removal(lambda room: f"/labels/{room.label.pk}?confirm=true"),
    "label.restored": order(lambda room: f"/labels/{room.archived.pk}/restore"),
    "document.created": order(in_project("/documents"), lambda _: {"text": "Ada"}),
    "document.created (upload)": Room.upload,
    "document.updated": change(lambda room: f"/documents/{room.document.pk}", {"title": "T"}),
    "document.deleted": removal(lambda room: f"/documents/{room.document.pk}"),
    "document.reprocessed": order(lambda room: f"/documents/{room.document.pk}/reprocess"),
    "annotation.created": order(
        lambda room: f"/documents/{room.document.pk}/annotations",
        lambda room: {"label": room.label.pk, "start": 4, "end": 12},
    ),
    "annotation.created (bulk)": order(
        lambda room: f"/documents/{room.document.pk}/annotations/bulk",
        lambda room: {"annotations": [{"label": room.label.pk, "start": 4, "end": 12}]},
    ),
    "annotation.updated": change(lambda room: f"/annotations/{room.said['id']}", {"body": "b"}),
    "annotation.deleted": removal(lambda room: f"/annotations/{room.said['id']}"),
    "annotation.restored": order(lambda room: f"/annotations/{room.deleted['id']}/restore"),
    "set.submitted": order(
        lambda room: f"/annotation-sets/{room.said['annotation_set_id']}/submit"
    ),
    "set.approved": order(lambda room: f"/annotation-sets/{room.of_another['id']}/approve"),
    "set.returned": order(
        lambda room: f"/annotation-sets/{room.of_another['id']}/return", lambda _: {"reason": "r"}
    ),
}


def rows() -> list[Any]:
    """Return all that writes change, as it stands in the database."""
    models: list[Any] = [Project, Membership, Label, Document, AnnotationSet, Annotation]
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("action", WRITES)
def test_a_write_has_one_event(room: Room, action: str) -> None:
    known = list(Event.objects.values_list("pk", flat=True))
    response = WRITES[action](room)
    assert response.status_code < 300, response.content
    [event] = Event.objects.exclude(pk__in=known)
    assert event.action == action.partition(" ")[0]
    assert (event.actor, event.project_id) == (room.manager.person, room.project.pk)
    assert event.request_id == "the-request" == response["X-Request-ID"]
    is_new = event.action == "member.added" or event.action.endswith("created")
    assert (event.before is None) == is_new
    assert event.after["id"] == str(event.target_id)
    if not is_new and action != "member.removed":
        assert event.after["version"] == event.before["version"] + 1


@pytest.mark.parametrize("action", WRITES)
def test_a_write_without_its_event_is_none(
    room: Room, action: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known, before = Event.objects.count(), rows()
    # Let through what is too long for the event's column: the database refuses the event alone.
    monkeypatch.setattr(request_id, "_ACCEPTED", re.compile("x+"))
    room.request_id = "x" * 101
    assert WRITES[action](room).status_code == 500
    assert Event.objects.count() == known
    assert rows() == before
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_the_events_of_a_first_annotation_share_its_transaction(
    annotator: Client, said: Do
) -> None:
    made = said(annotator)
    done = Event.objects.filter(actor=annotator.person).exclude(action="sign_in.succeeded")
    opened, created = done.order_by("id")
    assert str(opened.target_id) == made["annotation_set_id"]
    assert str(created.target_id) == made["id"]
    assert opened.transaction == created.transaction > 0
