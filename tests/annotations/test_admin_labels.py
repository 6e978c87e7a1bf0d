from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.models import Kind, Label
from documents.models import Project, Role
from tests.factories import LabelFactory
from tests.staff import Staff, page
from users.models import Event

KIND = "annotations_label"
ADD = reverse(f"admin:{KIND}_add")


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


def now(label: Label) -> Label:
    found: Label = Label.objects.get(pk=label.pk)
    return found


def new(project: Project, **fields: Any) -> dict[str, Any]:
    """Return what the form of a new label sends."""
    kept = {"project": str(project.pk), "kind": "span", "name": "place", "color": "#336699"}
    return kept | {"position": 3} | fields


def changed(label: Label, **fields: Any) -> dict[str, Any]:
    """Return what the form of a label sends."""
    kept = {"name": label.name, "color": label.color, "position": label.position}
    return kept | {"seen_version": label.version} | fields


def errors(response: Any) -> dict[str, list[str]]:
    """Return the errors on the form that an answer shows."""
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def test_a_manager_makes_a_label(manager: Staff, project: Project) -> None:
    assert 'type="color"' in manager.get(ADD).content.decode()
    assert manager.save(ADD, **new(project)).status_code == 302
    made = Label.objects.get(project=project)
    assert (made.name, made.kind, made.color, made.position) == ("place", "span", "#336699", 3)
    event = Event.objects.get(action="label.created")
    assert (event.actor, event.project_id) == (manager.user, project.pk)


def test_a_label_is_changed_but_for_its_project_and_kind(manager: Staff, label: Label) -> None:
    form = changed(label, name="human", kind="document")
    assert manager.save(page(label), **form).status_code == 302
    assert (now(label).name, now(label).kind, now(label).version) == ("human", Kind.SPAN, 2)


def test_a_taken_name_is_told_on_the_form(manager: Staff, label: Label) -> None:
    response = manager.save(ADD, **new(label.project, name=label.name))
    told = (
        "Another label of the project and kind has this name. A span label named 'person' exists."
    )
    assert errors(response) == {"__all__": [told]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("color", "red"),
        ("color", "#12345"),
        ("name", ""),
        ("name", "x" * 101),
        ("name", "\x00"),
        ("position", "-1"),
        ("position", "9" * 30),
        ("kind", "nonsense"),
        ("project", "nonsense"),
    ],
)
def test_what_is_no_label_is_refused(
    manager: Staff, project: Project, field: str, value: str
) -> None:
    assert list(errors(manager.save(ADD, **new(project) | {field: value}))) == [field]
    assert not Label.objects.exists()


def test_a_label_is_archived_and_restored(manager: Staff, label: Label) -> None:
    assert manager.step(label, "archive") == ["person: archived: given no more, kept where it is."]
    assert page(label) not in manager.list_of(KIND)
    assert page(label) in manager.list_of(KIND, "?archived=yes")
    assert manager.step(now(label), "restore") == ["person: in use again."]
    assert page(label) in manager.list_of(KIND)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR, Role.CURATOR])
def test_only_managers_write_labels(project: Project, label: Label, role: str) -> None:
    staff = Staff.of(project, role)
    assert staff.get(ADD).status_code == 403
    assert staff.save(ADD, **new(project)).status_code == 403
    assert staff.save(page(label), **changed(label, name="no")).status_code == 403
    assert staff.press(label, "archive").status_code == 403
    assert 'name="_save"' not in staff.page_of(label)
    assert (now(label).name, now(label).archived_at) == ("person", None)


def test_labels_of_foreign_projects_are_missing(manager: Staff) -> None:
    foreign = LabelFactory.create(name="elsewhere")
    assert manager.get(page(foreign)).status_code == 404
    assert manager.save(page(foreign), **changed(foreign)).status_code == 404
    assert "elsewhere" not in manager.list_of(KIND)
    assert list(errors(manager.save(ADD, **new(foreign.project)))) == ["project"]


def test_labels_are_found(manager: Staff, label: Label) -> None:
    for query in ("?q=PERS", "?kind=span", f"?project={label.project_id}"):
        assert page(label) in manager.list_of(KIND, query)
    for query in ("?q=place", "?kind=document"):
        assert page(label) not in manager.list_of(KIND, query)


def test_the_list_shows_colours_without_styles(manager: Staff, label: Label) -> None:
    Label.objects.update(color="#336699")
    shown = manager.list_of(KIND)
    assert 'fill="#336699"' in shown
    assert " style=" not in shown
