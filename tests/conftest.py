"""What every test may ask for: clients that speak HTTP for a person, and people in roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings

from documents.models import Project, Role
from tests.client import Client
from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from users.models import User


@pytest.fixture(autouse=True)
def _plain_surroundings(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A fast hasher, an empty cache, a media folder of one's own, no manifest of static files."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    media = {
        "BACKEND": "config.storages.folder.FolderStorage",
        "OPTIONS": {"location": tmp_path / "media"},
    }
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {"default": media, "staticfiles": static}
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anonymous() -> Client:
    """Return a client of nobody."""
    return Client()


@pytest.fixture
def client_of(db: None) -> Callable[[User], Client]:
    """Return a function that makes a signed-in client of a user."""
    return Client.of


@pytest.fixture
def project(db: None) -> Project:
    """Return a project."""
    created: Project = ProjectFactory.create()
    return created


@pytest.fixture
def member(project: Project) -> Callable[[str], Client]:
    """Return a function that makes a client of a new member of the project in a role."""

    def make(role: str) -> Client:
        user = UserFactory.create()
        MembershipFactory.create(project=project, user=user, role=role)
        return Client.of(user)

    return make


@pytest.fixture
def manager(member: Callable[[str], Client]) -> Client:
    """Return a client of a manager of the project."""
    return member(Role.MANAGER)


@pytest.fixture
def curator(member: Callable[[str], Client]) -> Client:
    """Return a client of a curator of the project."""
    return member(Role.CURATOR)


@pytest.fixture
def annotator(member: Callable[[str], Client]) -> Client:
    """Return a client of an annotator of the project."""
    return member(Role.ANNOTATOR)


@pytest.fixture
def viewer(member: Callable[[str], Client]) -> Client:
    """Return a client of a viewer of the project."""
    return member(Role.VIEWER)


@pytest.fixture
def stranger(db: None) -> Client:
    """Return a client of somebody who is in no project."""
    return Client.of(UserFactory.create())
