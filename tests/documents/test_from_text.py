"""A text sent as JSON is a document that is ready at once, exactly as it was sent."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.models import Document, Project, Revision
from documents.services.documents import create_document
from tests.client import Client
from tests.events import last_event, log_of
from tests.factories import DocumentFactory, ProjectFactory, UserFactory
from tests.threads import at_once

TEXTS = {
    "emoji with joiners": "A 👩‍🔬 and a 👨‍👩‍👧‍👦 and a 🏳️‍🌈.",
    "line ends of all kinds": "one\r\ntwo\rthree\nfour\x0bfive\u2028six\u0085end\r\n",
    "combining characters": "Zoe\u0308 and Zo\u00eb are not made alike; \u1100\u1161 nor \uac00.",
    "right to left": "שלם \u202bעלם\u202c مرحبا",
    "white space at both ends": "\n\t  text \u00a0\u3000\n",
    "white space alone": " \n\t ",
    "byte order mark and other unseen ones": "\ufeffa\u200b\u200d\u00adb\ufffe\uffff",
    "beyond the basic plane": "\U0001d538\U0001d553 \U00010348 \U0010ffff",
}

Made = Callable[..., Any]


def test_a_text_is_ready_at_once(project: Project, manager: Client, made: Made) -> None:
    content = {"text": "Ada lives in Turin.", "title": "Ada", "language": "en", "split": "train"}
    document = made(**content, tags=["a", "b"], metadata={"page": 1}, external_id="n-1")
    revision = document.pop("revision")
    digest = sha256(b"Ada lives in Turin.").hexdigest()
    assert document == {
        "id": document["id"],
        "project_id": str(project.pk),
        "external_id": "n-1",
        "title": "Ada",
        "language": "en",
        "split": "train",
        "tags": ["a", "b"],
        "metadata": {"page": 1},
        "iri": "",
        "media_type": "text/plain",
        "source_name": "",
        "source_size": 0,
        "sha256": digest,
        "duplicate_of_id": None,
        "status": "ready",
        "error": None,
        "notice": None,
        "progress": None,
        "extraction_options": {},
        "version": 1,
        "created_at": document["created_at"],
        "updated_at": document["updated_at"],
    }
    assert (revision["number"], revision["length"], revision["sha256"]) == (1, 19, digest)
    assert log_of(document["id"]) == [("document.created", manager.person.pk)]
    assert last_event(document["id"]).after["status"] == "ready"


def test_the_answer_tells_where_the_document_is(project: Project, manager: Client) -> None:
    response = manager.post(f"/projects/{project.pk}/documents", {"text": "Ada"})
    document = response.json()
    assert response["Location"] == f"http://testserver/api/v1/documents/{document['id']}"
    assert response["ETag"] == '"1"'
    assert manager.get(f"/documents/{document['id']}").json() == document


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_comes_back_exactly_as_sent(manager: Client, made: Made, text: str) -> None:
    document = made(text=text)
    read = manager.get(f"/documents/{document['id']}/text").json()
    assert read["text"] == text
    assert read["length"] == len(text) == document["revision"]["length"]
    assert document["sha256"] == sha256(text.encode()).hexdigest()


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
@pytest.mark.django_db
def test_no_text_is_changed_on_its_way_into_the_database(text: str) -> None:
    document = create_document(
        actor=UserFactory.create(), project=ProjectFactory.create(), text=text
    )
    revision = Revision.objects.get(document=document)
    assert revision.text == text
    assert revision.length == len(text)
    assert revision.sha256 == document.sha256 == sha256(text.encode()).hexdigest()


def test_a_title_is_taken_from_the_first_line(made: Made) -> None:
    assert made(text="\n\n  Ada Lovelace  \nlives in Turin.")["title"] == "Ada Lovelace"
    assert made(text="n" * 100)["title"] == "n" * 80


def test_markdown_is_told_from_plain_text(made: Made) -> None:
    document = made(text="# Ada\n\nlives.", media_type="text/markdown")
    assert document["media_type"] == "text/markdown"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_any_spelling_of_the_json_media_type_will_do(
    project: Project, manager: Client, content_type: str
) -> None:
    path = f"/api/v1/projects/{project.pk}/documents"
    response = manager.http.generic("POST", path, '{"text": "Ada"}', content_type=content_type)
    assert response.status_code == 201


def test_other_bodies_are_refused(project: Project, manager: Client) -> None:
    path = f"/api/v1/projects/{project.pk}/documents"
    response = manager.http.generic("POST", path, "Ada", content_type="text/plain")
    assert response.status_code == 415


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": None}, "/text"),
        ({"text": ["Ada"]}, "/text"),
        ({"text": "a", "media_type": "text/html"}, "/media_type"),
        ({"text": "a", "file": "b"}, "/file"),
        ({"text": "a", "status": "ready"}, "/status"),
        ({"text": "a", "title": ""}, "/title"),
        ({"text": "a", "title": "t" * 501}, "/title"),
        ({"text": "a", "external_id": ""}, "/external_id"),
        ({"text": "a", "external_id": "e" * 256}, "/external_id"),
        ({"text": "a", "language": "english language"}, "/language"),
        ({"text": "a", "split": "training"}, "/split"),
        ({"text": "a", "tags": "b"}, "/tags"),
        ({"text": "a", "tags": ["b", ""]}, "/tags/1"),
        ({"text": "a", "tags": ["b"] * 51}, "/tags"),
        ({"text": "a", "metadata": [1]}, "/metadata"),
        ({"text": "a", "metadata": None}, "/metadata"),
        ({"text": "a", "metadata": "{}"}, "/metadata"),
        ({"text": "a", "iri": "javascript:alert(1)"}, "/iri"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(
    project: Project, manager: Client, content: dict[str, Any], pointer: str
) -> None:
    response = manager.post(f"/projects/{project.pk}/documents", content)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert not Document.objects.exists()


def test_a_text_beyond_the_limit_is_refused(project: Project, manager: Client) -> None:
    response = manager.post(f"/projects/{project.pk}/documents", {"text": "n" * 1_000_000})
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_metadata_of_any_shape_comes_back(manager: Client, made: Made) -> None:
    metadata = {"": None, "a": [1, 2.5, {"b": "\u0301👩‍🔬"}], "big": 2**63 - 1, "yes": True}
    document = made(metadata=metadata)
    assert manager.get(f"/documents/{document['id']}").json()["metadata"] == metadata


def test_an_external_id_is_taken_once(project: Project, manager: Client, made: Made) -> None:
    first = made(external_id="n-1")
    response = manager.post(
        f"/projects/{project.pk}/documents", {"text": "Eve", "external_id": "n-1"}
    )
    problem = response.json()
    assert (response.status_code, problem["code"]) == (409, "external_id_taken")
    assert problem["document_id"] == first["id"]
    assert Document.objects.count() == 1
    DocumentFactory.create(external_id="n-1")  # in another project


def test_many_documents_are_without_an_external_id(made: Made) -> None:
    assert made()["external_id"] is None
    assert made(external_id=None)["external_id"] is None


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_documents_with_one_external_id_one_is_made(
    project: Project, manager: Client
) -> None:
    path = f"/projects/{project.pk}/documents"
    clients = [Client.of(manager.person) for _ in range(4)]
    answers = at_once(
        *(lambda c=c: c.post(path, {"text": "Ada", "external_id": "n-1"}) for c in clients)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    made = Document.objects.get(external_id="n-1")
    told = {answer.json()["document_id"] for answer in answers if answer.status_code == 409}
    assert told == {str(made.pk)}
    assert log_of(made.pk) == [("document.created", manager.person.pk)]


def test_what_cannot_be_stored_is_replaced_and_noted(
    project: Project, manager: Client, made: Made
) -> None:
    document = made(text="A\0a.")
    assert manager.get(f"/documents/{document['id']}/text").json()["text"] == "A�a."
    assert document["revision"]["notes"] == ["1 NUL characters replaced by U+FFFD"]
    body, path = rb'{"text": "Ad\ud83da."}', f"/documents/{document['id']}/revisions"
    revised: Any = manager.send("POST", path, body, Content_Type="application/json")
    assert revised.json()["revision"]["notes"] == ["1 lone surrogates replaced by U+FFFD"]
    refused = manager.post(f"/projects/{project.pk}/documents", {"text": "Ada", "title": "\0"})
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed_body")
