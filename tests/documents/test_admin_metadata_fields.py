"""Declared metadata in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from documents.models import MetadataField, MetadataType, Project, Role
from documents.services.metadata_fields import declare_metadata_field
from tests.events import log_of
from tests.factories import DocumentFactory, ProjectFactory
from tests.staff import Staff, page

ADD = reverse("admin:documents_metadatafield_add")
LIST = "documents_metadatafield"


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


@pytest.fixture
def year(project: Project, manager: Staff) -> MetadataField:
    return declare_metadata_field(
        actor=manager.user, project=project, name="year", type=MetadataType.NUMBER
    )


def errors_on(response: Any) -> str:
    assert response.status_code == 200, response
    return str(response.context["errors"])


def test_a_manager_declares_a_field(manager: Staff, project: Project) -> None:
    DocumentFactory.create(project=project, metadata={"year": "about 1850"})
    response = manager.save(ADD, project=project.pk, name="year", type="number")
    told = manager.messages_after(response)
    made = MetadataField.objects.get()
    assert (made.project, made.name, made.type) == (project, "year", "number")
    assert log_of(made.pk) == [("metadata_field.created", manager.user.pk)]
    assert told[0] == "1 documents have another kind of value there, and keep it."
    assert "year" in manager.list_of(LIST)


def test_a_name_is_one_of_metadata_and_declared_once(
    manager: Staff, project: Project, year: MetadataField
) -> None:
    sent = {"project": project.pk, "type": "keyword"}
    assert "valid value" in errors_on(manager.save(ADD, name="1st", **sent))
    assert "declared already" in errors_on(manager.save(ADD, name="year", **sent))
    assert MetadataField.objects.get() == year


def test_a_field_is_declared_otherwise_under_its_version(
    manager: Staff, year: MetadataField
) -> None:
    address = page(year)
    response = manager.save(address, name="year", type="keyword", seen_version=year.version)
    assert "documents have" not in "".join(manager.messages_after(response))
    year.refresh_from_db()
    assert (year.type, year.version) == ("keyword", 2)
    stale = manager.save(address, name="when", type="keyword", seen_version=1)
    assert "changed after this page was loaded" in errors_on(stale)
    assert MetadataField.objects.get().name == "year"


def test_a_field_is_withdrawn(manager: Staff, year: MetadataField) -> None:
    stale = manager.step(year, "withdraw", version=9)
    assert "changed after this page was loaded" in stale[0]
    told = manager.step(year, "withdraw")
    assert told == ["year (number): declared no more; documents keep their metadata."]
    assert not MetadataField.objects.exists()
    assert log_of(year.pk)[-1] == ("metadata_field.deleted", manager.user.pk)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CURATOR])
def test_who_is_no_manager_reads_it(project: Project, year: MetadataField, role: str) -> None:
    staff = Staff.of(project, role)
    assert "year" in staff.page_of(year)
    assert "Withdraw" not in staff.page_of(year)
    assert staff.save(page(year), name="b", type="keyword", seen_version=1).status_code == 403
    assert staff.press(year, "withdraw").status_code == 403
    assert staff.save(ADD, project=project.pk, name="b", type="keyword").status_code == 403


def test_a_manager_declares_nothing_elsewhere(manager: Staff) -> None:
    elsewhere = ProjectFactory.create()
    response = manager.save(ADD, project=elsewhere.pk, name="year", type="number")
    assert "valid choice" in errors_on(response)
    assert not MetadataField.objects.exists()


def test_fields_are_found_by_name_type_and_project(
    manager: Staff, project: Project, year: MetadataField
) -> None:
    for query, is_found in (
        ("?q=EA", True),
        ("?q=place", False),
        ("?type=number", True),
        ("?type=boolean", False),
        (f"?project={project.pk}", True),
    ):
        assert (page(year) in manager.list_of(LIST, query)) is is_found
