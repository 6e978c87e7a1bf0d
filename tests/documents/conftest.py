"""What the tests of documents may ask for: files sent in, and a worker in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from config.celery import app
from documents.models import Document, Project
from documents.services.documents import upload_document
from tests.client import Client
from tests.config.away import broker
from tests.documents.hooking import hook
from tests.documents.receiving import Receiver, running_receiver
from tests.factories import UserFactory

Upload = Callable[..., Document]
Working = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def eager() -> Iterator[None]:
    """Run tasks where they are sent instead of sending them."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def working(eager: None, django_capture_on_commit_callbacks: Callable[..., Any]) -> Working:
    """Return a context in which the tasks that a request sends are run at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def mailing(settings: Settings) -> None:
    """Send mails, as a site with a mail server does, and have addresses confirmed."""
    settings.EMAIL_IS_SENT = settings.EMAIL_VERIFICATION = True


@pytest.fixture
def upload(project: Project) -> Upload:
    """Return a function that takes in a file as the service does; nobody processes it yet."""

    def send(content: bytes = b"Ada lives in Turin.", name: str = "ada.txt", **fields: Any) -> Any:
        file = ContentFile(content, name)
        return upload_document(actor=UserFactory.create(), project=project, file=file, **fields)

    return send


@pytest.fixture
def made(project: Project, manager: Client) -> Callable[..., Any]:
    """Return a function that makes a document from text over HTTP and returns its JSON."""

    def make(**content: Any) -> Any:
        body = {"text": "Ada lives in Turin."} | content
        response = manager.post(f"/projects/{project.pk}/documents", body)
        assert response.status_code == 201, response.content
        return response.json()

    return make


@pytest.fixture
def broker_away() -> Iterator[None]:
    """Name a broker that refuses every connection."""
    with broker("redis://127.0.0.1:1/0"):
        yield


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """Return a receiver of webhooks on this machine, which the operator allows."""
    with running_receiver() as running:
        settings.WEBHOOK_ALLOWED_HOSTS = [running.place]
        yield running


@pytest.fixture
def hooked(manager: Client, project: Project, receiver: Receiver) -> Any:
    """Return a webhook of the project that leads to the receiver, as JSON with its secret."""
    return hook(manager, project, receiver.url)
