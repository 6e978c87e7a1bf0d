from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from annotations.admin.label_fields import JoinsField
from annotations.models import Kind, Label
from annotations.schema.rules import MAX_JOINS
from documents.models import Project, Role
from tests.factories import AnnotationFactory, LabelFactory
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


# Among the others of the project

SCHEMA = {"type": "object", "properties": {"gender": {"enum": ["feminine", "masculine"]}}}


def test_a_label_is_put_below_another(manager: Staff, project: Project, label: Label) -> None:
    top, archived = LabelFactory.create(project=project), LabelFactory.create(project=project)
    for other in (
        LabelFactory.create(),
        LabelFactory.create(project=project, kind=Kind.DOCUMENT),
        label,
    ):
        response = manager.save(page(label), **changed(label, parent=other.pk))
        assert list(errors(response)) == ["parent"]
    assert manager.save(page(label), **changed(label, parent=top.pk)).status_code == 302
    assert now(label).parent == top
    manager.step(top, "archive")
    kept = changed(now(label), parent=top.pk, name="human")
    assert manager.save(page(label), **kept).status_code == 302
    assert (now(label).parent, now(label).name) == (top, "human")
    manager.step(archived, "archive")
    refused = manager.save(page(label), **changed(now(label), parent=archived.pk))
    assert list(errors(refused)) == ["parent"]
    circle = manager.save(page(top), **changed(now(top), parent=label.pk))
    assert "leads back" in errors(circle)["__all__"][0]
    assert manager.save(page(label), **changed(now(label), parent="")).status_code == 302
    assert now(label).parent is None


def test_attributes_are_declared_as_json(manager: Staff, label: Label) -> None:
    sent = json.dumps(SCHEMA)
    response = manager.save(page(label), **changed(label, attribute_schema=sent))
    assert response.status_code == 302
    assert now(label).attribute_schema == SCHEMA
    assert "&quot;feminine&quot;" in manager.page_of(label)
    assert (
        manager.save(page(label), **changed(now(label), attribute_schema=sent)).status_code == 302
    )
    assert now(label).version == 2
    for wrong in ("{", "[]", '{"a": "\\u0000"}', '{"a": 1, "a": 2}'):
        refused = manager.save(page(label), **changed(now(label), attribute_schema=wrong))
        assert list(errors(refused)) == ["attribute_schema"]
        assert refused.context["adminform"].form["attribute_schema"].value()
    unfit = manager.save(page(label), **changed(now(label), attribute_schema="{}"))
    assert errors(unfit)["__all__"]
    assert manager.save(page(label), **changed(now(label), attribute_schema="")).status_code == 302
    assert now(label).attribute_schema is None


def test_what_a_relation_joins_is_told_in_lines(
    manager: Staff, project: Project, label: Label
) -> None:
    twin = LabelFactory.create(project=project, name="place")
    whole = LabelFactory.create(project=project, name="place", kind=Kind.DOCUMENT)
    relation = LabelFactory.create(project=project, name="in", kind=Kind.RELATION)
    assert 'name="joins"' not in manager.page_of(label)
    sent = f"person -> place (span)\n\n  person->place (document)\r\n{twin.pk} -> {whole.pk}"
    assert manager.save(page(relation), **changed(relation, joins=sent)).status_code == 302
    pairs = [[label, twin], [label, whole], [twin, whole]]
    assert now(relation).joins == [[str(one.pk), str(other.pk)] for one, other in pairs]
    shown = manager.page_of(relation)
    assert "person -&gt; place (document)" in shown
    assert manager.save(page(relation), **changed(now(relation), joins=sent)).status_code == 302
    assert now(relation).version == 2
    for wrong in ("person -> nobody", "person", "person -> in", "a -> b -> c"):
        refused = manager.save(page(relation), **changed(now(relation), joins=f"\n{wrong}"))
        assert errors(refused)["joins"][0].startswith("Line 2: ")
        assert wrong in refused.content.decode().replace("&gt;", ">")
    many = "person -> person\n" * (MAX_JOINS + 1)
    refused = manager.save(page(relation), **changed(now(relation), joins=many))
    assert "at most" in errors(refused)["__all__"][0]


def test_lines_that_mean_nothing_are_a_change() -> None:
    field = JoinsField()
    field.offer([])
    assert field.has_changed([], "nobody -> nobody")
    assert not field.has_changed(None, "\n")


def test_the_page_of_a_label_tells_what_uses_it_and_archives_it_then(
    manager: Staff, project: Project
) -> None:
    one = AnnotationFactory.create(annotation_set__document__project=project)
    told = "1 annotations and 0 relations have it, in 1 sets of 1 documents."
    assert told in manager.page_of(one.label)
    manager.step(one.label, "archive")
    assert now(one.label).archived_at
    Label.objects.filter(pk=one.label.pk).update(
        merged_into=LabelFactory.create(project=project, name="the other one")
    )
    assert "the other one" in manager.page_of(now(one.label))
    assert "usage" not in manager.get(ADD).content.decode()
