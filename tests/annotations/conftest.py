"""What the tests of annotations may ask for: a document with a text, and labels to put on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Kind, Label
from documents.models import Document, Project
from tests.client import Client
from tests.factories import DocumentFactory, LabelFactory


@pytest.fixture
def document(project: Project) -> Document:
    """Return the document that DocumentFactory makes, in the project."""
    made: Document = DocumentFactory.create(project=project)
    return made


@pytest.fixture
def label(project: Project) -> Label:
    """Return a label for spans."""
    made: Label = LabelFactory.create(project=project, name="person")
    return made


@pytest.fixture
def topic(project: Project) -> Label:
    """Return a label for whole documents."""
    made: Label = LabelFactory.create(project=project, name="science", kind=Kind.DOCUMENT)
    return made


@pytest.fixture
def say(document: Document, label: Label) -> Callable[..., Any]:
    """Return a function by which a client says "person" of "Ada"; members may be given."""

    def send(client: Client, query: str = "", **members: Any) -> Any:
        content = {"label": label.pk, "start": 0, "end": 3} | members
        content = {name: value for name, value in content.items() if value is not ...}
        return client.post(f"/documents/{document.pk}/annotations{query}", content)

    return send


@pytest.fixture
def said(say: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function like `say` that returns the JSON of the annotation made."""

    def send(client: Client, query: str = "", **members: Any) -> Any:
        response = say(client, query, **members)
        assert response.status_code == 201, response.content
        return response.json()

    return send


@pytest.fixture
def step() -> Callable[..., Any]:
    """Return a function by which a client takes a set one step on."""

    def send(client: Client, name: str, pk: Any, **headers: str) -> Any:
        content = {"reason": "Look again."} if name == "return" else None
        return client.post(f"/annotation-sets/{pk}/{name}", content, **headers)

    return send


@pytest.fixture
def brought(step: Callable[..., Any]) -> Callable[..., None]:
    """Return a function that brings an author's set to a state."""
    ways = {
        "draft": [],
        "submitted": ["submit"],
        "approved": ["submit", "approve"],
        "returned": ["submit", "return"],
    }

    def bring(pk: Any, state: str, author: Client, reviewer: Client) -> None:
        for name in ways[state]:
            client = author if name == "submit" else reviewer
            assert step(client, name, pk).status_code == 200

    return bring


@pytest.fixture
def opened(document: Document) -> Callable[..., Any]:
    """Return a function by which a client opens its set on the document; it returns its JSON."""

    def send(client: Client) -> Any:
        response = client.post(f"/documents/{document.pk}/annotation-sets")
        assert response.status_code == 200, response.content
        return response.json()

    return send
