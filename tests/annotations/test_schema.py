"""A project's labels as one document: read at any version, put, carried to another project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, Kind, Label
from documents.models import Project, Role
from tests.annotations.relabelling import relate
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import LabelFactory, MembershipFactory, ProjectFactory
from users.models import Event

Do = Callable[..., Any]
SCHEMA = {"type": "object", "properties": {"gender": {"enum": ["feminine", "masculine"]}}}
BY_HAND: list[dict[str, Any]] = [
    {"kind": "relation", "name": "lives in", "joins": [{"source": "person", "target": "place"}]},
    {"kind": "span", "name": "scientist", "parent": "person", "attribute_schema": SCHEMA},
    {"kind": "span", "name": "person", "color": "#ff0000", "shortcut": "p", "description": "Who."},
    {"kind": "span", "name": "place"},
    {"kind": "document", "name": "science"},
]


@pytest.fixture
def path(project: Project) -> str:
    return f"/projects/{project.pk}/schema"


@pytest.fixture
def put(manager: Client, path: str) -> Do:
    """Return a function that puts labels upon what is there and returns what is told."""

    def send(labels: list[dict[str, Any]], query: str = "", status: int = 200) -> Any:
        version = manager.get(path).json()["version"]
        answer = manager.put(path + query, {"labels": labels}, if_match=str(version))
        assert answer.status_code == status, answer.content
        return answer.json()

    return send


def by_name(project: Project) -> dict[str, Label]:
    return {label.name: label for label in Label.objects.filter(project=project)}


def names(told: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in told]


def test_a_project_without_labels_has_an_empty_schema(viewer: Client, path: str) -> None:
    answer = viewer.get(path)
    assert (answer.status_code, answer["ETag"]) == (200, '"0"')
    assert answer.json()["version"] == 0
    assert (answer.json()["labels"], answer.json()["created_at"]) == ([], None)
    assert viewer.get(f"{path}/versions").json()["results"] == []


def test_a_document_made_by_hand_makes_a_schema(
    project: Project, manager: Client, path: str, put: Do
) -> None:
    told = put(BY_HAND)
    assert names(told["created"]) == [one["name"] for one in BY_HAND]
    assert (told["version"], told["dry_run"], told["unchanged"]) == (1, False, 0)
    made = by_name(project)
    assert made["scientist"].parent == made["person"]
    assert made["lives in"].joins == [[str(made["person"].pk), str(made["place"].pk)]]
    assert (made["person"].color, made["person"].position) == ("#ff0000", 2)
    answer = manager.get(path)
    assert answer["ETag"] == '"1"'
    shown = answer.json()
    assert shown["project_id"] == str(project.pk)
    assert names(shown["labels"]) == [one["name"] for one in BY_HAND]
    assert shown["labels"][1] == {
        "id": str(made["scientist"].pk),
        "kind": "span",
        "name": "scientist",
        "color": "#ffd54f",
        "shortcut": "",
        "description": "",
        "position": 1,
        "parent": str(made["person"].pk),
        "attribute_schema": SCHEMA,
        "joins": [],
        "archived": False,
    }
    joins = [{"source": str(made["person"].pk), "target": str(made["place"].pk)}]
    assert shown["labels"][0]["joins"] == joins
    for label in made.values():
        assert log_of(label.pk) == [("label.created", manager.person.pk)]


def test_what_was_read_changes_nothing_when_it_is_put(
    project: Project, manager: Client, path: str, put: Do
) -> None:
    put(BY_HAND)
    Label.objects.filter(name="place").update(position=70)
    shown = manager.get(path).json()
    events = Event.objects.count()
    answer = manager.put(path, shown, if_match="1")
    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert answer.json() == {
        "dry_run": False,
        "version": 1,
        "created": [],
        "changed": [],
        "archived": [],
        "restored": [],
        "unchanged": 5,
        "left_out": 0,
    }
    assert Event.objects.count() == events


def test_labels_are_known_by_id_else_by_kind_and_name(
    project: Project, manager: Client, put: Do
) -> None:
    put(BY_HAND)
    before = by_name(project)
    told = put(
        [
            {"id": str(before["person"].pk), "kind": "span", "name": "human", "color": "#00ff00"},
            {"kind": "span", "name": "place", "description": "Where.", "position": 3},
            {"kind": "document", "name": "place"},
        ]
    )
    assert (names(told["created"]), told["unchanged"]) == (["place"], 3)
    assert {one["name"]: one["members"] for one in told["changed"]} == {
        "human": ["name", "color", "position"],
        "place": ["description"],
    }
    human = Label.objects.get(name="human")
    assert (human.pk, human.shortcut, human.version) == (before["person"].pk, "p", 2)
    assert changed(last_event(human.pk))["name"] == ("person", "human")
    assert log_of(human.pk)[1:] == [("label.updated", manager.person.pk)]
    assert Label.objects.get(name="science").archived_at is None
    assert project.schema_versions.count() == 2


def test_two_labels_change_their_names(project: Project, put: Do) -> None:
    put(BY_HAND)
    before = by_name(project)
    put(
        [
            {"id": str(before["person"].pk), "kind": "span", "name": "place"},
            {"id": str(before["place"].pk), "kind": "span", "name": "person"},
        ]
    )
    after = by_name(project)
    assert (after["place"].pk, after["person"].pk) == (before["person"].pk, before["place"].pk)


def test_labels_are_ordered_by_their_place_in_the_document(
    project: Project, viewer: Client, put: Do
) -> None:
    put(BY_HAND)
    order = ["science", "place", "person", "scientist", "lives in"]
    kinds = {one["name"]: one["kind"] for one in BY_HAND}
    told = put([{"kind": kinds[name], "name": name} for name in order])
    assert {tuple(one["members"]) for one in told["changed"]} == {("position",)}
    listed = viewer.get(f"/projects/{project.pk}/labels").json()["results"]
    assert names(listed) == order


def test_what_the_document_does_not_name_is_archived_when_asked_for(
    project: Project, manager: Client, annotator: Client, put: Do, path: str, said: Do
) -> None:
    put(BY_HAND)
    made = by_name(project)
    one = said(annotator, label=made["place"].pk)
    source = Annotation.objects.get(pk=one["id"])
    other = said(annotator, label=made["place"].pk, start=4, end=12)
    relate(source, other, project, label=made["lives in"])
    rest = [entry for entry in BY_HAND if entry["name"] not in {"place", "lives in"}]
    rest = [entry | {"position": made[entry["name"]].position} for entry in rest]
    told = put(rest, "?archive_missing=true&dry_run=true")
    assert (told["dry_run"], told["version"]) == (True, 2)
    assert {one["name"]: (one["annotations"], one["relations"]) for one in told["archived"]} == {
        "place": (2, 0),
        "lives in": (0, 1),
    }
    assert by_name(project)["place"].archived_at is None
    assert project.schema_versions.count() == 2
    put(rest, "?archive_missing=true")
    assert by_name(project)["place"].archived_at
    assert log_of(made["place"].pk)[1:] == [("label.archived", manager.person.pk)]
    shown = {one["name"]: one["archived"] for one in manager.get(path).json()["labels"]}
    assert (shown["place"], shown["person"]) == (True, False)
    assert annotator.get(f"/annotations/{one['id']}").status_code == 200
    told = put([*rest, {"id": str(made["place"].pk), "kind": "span", "name": "place"}])
    assert names(told["restored"]) == ["place"]
    assert log_of(made["place"].pk)[2:] == [("label.restored", manager.person.pk)]
    told = put([{"id": str(made["place"].pk), "kind": "span", "name": "place", "archived": True}])
    assert names(told["archived"]) == ["place"]


def test_a_dry_run_makes_nothing(project: Project, path: str, put: Do) -> None:
    told = put(BY_HAND, "?dry_run=true")
    assert (len(told["created"]), told["version"]) == (5, 0)
    assert not Label.objects.filter(project=project).exists()
    assert not Event.objects.filter(action__startswith="label.").exists()


def test_a_document_is_put_upon_what_was_read(manager: Client, path: str, put: Do) -> None:
    put(BY_HAND)
    assert manager.put(path, {"labels": []}).status_code == 428
    stale = manager.put(path, {"labels": []}, if_match="0")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert stale.json()["current"] == manager.get(path).json()


@pytest.mark.parametrize(
    ("labels", "pointer", "code"),
    [
        ([{"name": "x"}], "/labels/0/kind", "required"),
        ([{"kind": "span", "name": "x", "other": 1}], "/labels/0/other", "unknown"),
        ([{"kind": "span", "name": "x", "parent": "y"}], "/labels/0/parent", "unknown_label"),
        ([{"kind": "span", "name": "x", "parent": "x"}], "/labels/0/parent", "circular"),
        (
            [{"kind": "span", "name": "x"}, {"kind": "document", "name": "y", "parent": "x"}],
            "/labels/1/parent",
            "unknown_label",
        ),
        (
            [{"kind": "span", "name": "x"}, {"kind": "span", "name": "x"}],
            "/labels/1/name",
            "label_name_taken",
        ),
        (
            [{"kind": "span", "name": "x", "attribute_schema": {"type": "array"}}],
            "/labels/0/attribute_schema/type",
            "not_an_object",
        ),
        (
            [{"kind": "relation", "name": "x", "joins": [{"source": "y", "target": "y"}]}],
            "/labels/0/joins/0/source",
            "unknown_label",
        ),
        (
            [
                {"kind": "span", "name": "y"},
                {"kind": "document", "name": "y"},
                {"kind": "relation", "name": "x", "joins": [{"source": "y", "target": "y"}]},
            ],
            "/labels/2/joins/0/source",
            "ambiguous_label",
        ),
        (
            [
                {"kind": "span", "name": "y"},
                {"kind": "span", "name": "x", "joins": [{"source": "y", "target": "y"}]},
            ],
            "/labels/1/joins",
            "not_a_relation",
        ),
        (
            [{"kind": "span", "name": "0"}]
            + [{"kind": "span", "name": str(at), "parent": str(at - 1)} for at in range(1, 9)],
            "/labels/8/parent",
            "too_deep",
        ),
    ],
)
def test_what_does_not_fit_is_told_where(
    project: Project, put: Do, labels: Any, pointer: str, code: str
) -> None:
    told = put(labels, status=422)
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [(pointer, code)]
    assert not Label.objects.filter(project=project).exists()


def test_a_label_is_meant_once_and_keeps_its_kind(project: Project, put: Do) -> None:
    put(BY_HAND)
    pk = str(by_name(project)["person"].pk)
    one = {"id": pk, "kind": "span", "name": "human"}
    told = put([one, one], status=422)["errors"][0]
    assert (told["pointer"], told["code"]) == ("/labels/1", "given_twice")
    told = put([one | {"kind": "document"}], status=422)["errors"][0]
    assert (told["pointer"], told["code"]) == ("/labels/0/kind", "another_kind")
    told = put([one | {"name": "place"}], status=422)["errors"][0]
    assert (told["pointer"], told["code"]) == ("/labels/0/name", "label_name_taken")


def test_references_lead_to_what_the_document_does_not_name(project: Project, put: Do) -> None:
    put(BY_HAND)
    made = by_name(project)
    joins = [{"source": "person", "target": str(made["place"].pk)}]
    put(
        [
            {"kind": "span", "name": "poet", "parent": "person"},
            {"kind": "relation", "name": "sings of", "joins": joins},
        ]
    )
    after = by_name(project)
    assert after["poet"].parent == made["person"]
    assert after["sings of"].joins == [[str(made["person"].pk), str(made["place"].pk)]]


def test_ids_of_a_document_made_by_hand_are_references_alone(project: Project, put: Do) -> None:
    ids = [f"00000000-0000-4000-8000-00000000000{at}" for at in range(2)]
    put(
        [
            {"id": ids[0], "kind": "span", "name": "y"},
            {"id": ids[1], "kind": "document", "name": "y"},
            {"kind": "relation", "name": "x", "joins": [{"source": ids[0], "target": ids[1]}]},
        ]
    )
    span, whole = (Label.objects.get(kind=kind) for kind in (Kind.SPAN, Kind.DOCUMENT))
    assert str(span.pk) not in ids
    assert Label.objects.get(name="x").joins == [[str(span.pk), str(whole.pk)]]


# Versions


def test_each_change_is_a_version_that_can_be_read(
    project: Project, manager: Client, viewer: Client, path: str, put: Do
) -> None:
    put(BY_HAND)
    made = by_name(project)["place"]
    first = viewer.get(path).json()
    manager.patch(f"/labels/{made.pk}", {"name": "where"}, if_match="1")
    listed = viewer.get(f"{path}/versions").json()["results"]
    assert [one["number"] for one in listed] == [2, 1]
    assert listed[0]["author_id"] == str(manager.person.pk)
    assert listed[0]["created_at"]
    answer = viewer.get(f"{path}?version=1")
    assert (answer["ETag"], answer.json()) == ('"1"', first)
    assert names(viewer.get(f"{path}?version=2").json()["labels"])[3] == "where"
    assert viewer.get(f"{path}?version=3").status_code == 404
    for wrong in ("x", "-1", ""):
        assert viewer.get(f"{path}?version={wrong}").status_code == 400


def test_annotations_point_to_the_version_that_they_were_made_under(
    project: Project, annotator: Client, put: Do, said: Do
) -> None:
    put(BY_HAND)
    number = project.schema_versions.count()
    one = said(annotator, label=by_name(project)["place"].pk)
    put([{"kind": "span", "name": "later"}])
    assert Annotation.objects.get(pk=one["id"]).schema_version.number == number
    assert project.schema_versions.count() == number + 1


def test_versions_page_by_keyset(viewer: Client, project: Project, path: str, put: Do) -> None:
    for at in range(3):
        put([{"kind": "span", "name": f"label {at}"}])
    page = viewer.get(f"{path}/versions?limit=2").json()
    assert [one["number"] for one in page["results"]] == [3, 2]
    onward = page["next"].removeprefix("http://testserver/api/v1")
    assert [one["number"] for one in viewer.get(onward).json()["results"]] == [1]
    first = viewer.get(f"{path}/versions?ordering=number&limit=1").json()["results"]
    assert first[0]["number"] == 1


# Another project


@pytest.fixture
def other(manager: Client) -> Project:
    """Return another project of which the manager is one too."""
    made: Project = ProjectFactory.create()
    MembershipFactory.create(project=made, user=manager.person, role=Role.MANAGER)
    return made


def test_a_schema_is_copied_between_projects(
    project: Project, manager: Client, other: Project, put: Do
) -> None:
    put(BY_HAND)
    kept = LabelFactory.create(project=other, name="kept")
    place = LabelFactory.create(project=other, name="place", color="#000000")
    path = f"/projects/{other.pk}/schema/copy"
    told = manager.post(f"{path}?dry_run=true", {"from": project.pk}).json()
    assert len(told["created"]) == 4
    assert by_name(other).keys() == {"kept", "place"}
    answer = manager.post(path, {"from": project.pk})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert names(answer.json()["changed"]) == ["place"]
    made, source = by_name(other), by_name(project)
    assert made.keys() == source.keys() | {"kept"}
    assert (made["kept"], made["place"]) == (kept, place)
    assert made["place"].color == source["place"].color
    assert made["scientist"].parent == made["person"]
    assert made["scientist"].attribute_schema == SCHEMA
    assert made["lives in"].joins == [[str(made["person"].pk), str(place.pk)]]
    again = manager.post(path, {"from": project.pk}).json()
    assert (again["created"], again["changed"], again["version"]) == ([], [], 2)


def test_archived_labels_are_left_out_of_a_copy(
    project: Project, manager: Client, other: Project, put: Do
) -> None:
    put(BY_HAND)
    person, place = (by_name(project)[name] for name in ("person", "place"))
    top = LabelFactory.create(project=project, name="being")
    Label.objects.filter(pk=person.pk).update(parent=top)
    manager.delete(f"/labels/{person.pk}", if_match="1")
    LabelFactory.create(project=other, name="person")
    joins = by_name(project)["lives in"].joins
    Label.objects.filter(name="lives in").update(
        joins=[*joins, [str(place.pk), str(place.pk)]],
    )
    told = manager.post(f"/projects/{other.pk}/schema/copy", {"from": project.pk}).json()
    assert (told["left_out"], told["archived"]) == (1, [])
    made = by_name(other)
    assert made["person"].archived_at is None
    assert made["scientist"].parent == made["being"]
    assert made["lives in"].joins == [[str(made["place"].pk)] * 2]


def test_what_is_left_out_may_lie_in_a_circle(put: Do) -> None:
    circle = [
        {"kind": "span", "name": "a", "parent": "b", "archived": True},
        {"kind": "span", "name": "b", "parent": "a", "archived": True},
        {"kind": "span", "name": "c", "archived": True},
    ]
    told = put([*circle, {"kind": "span", "name": "d", "parent": "c"}])
    assert (names(told["created"]), told["left_out"]) == (["d"], 3)
    told = put([*circle, {"kind": "span", "name": "e", "parent": "a"}], status=422)
    assert told["errors"][0]["code"] == "circular"


def test_an_exported_schema_is_imported_elsewhere(
    manager: Client, other: Project, path: str, put: Do
) -> None:
    put(BY_HAND)
    document = manager.get(path).json()
    answer = manager.put(f"/projects/{other.pk}/schema", document, if_match="0")
    assert (answer.status_code, len(answer.json()["created"])) == (200, 5)
    shown = manager.get(f"/projects/{other.pk}/schema").json()
    assert names(shown["labels"]) == names(document["labels"])
    assert {one["id"] for one in shown["labels"]}.isdisjoint(
        one["id"] for one in document["labels"]
    )


def test_only_what_one_sees_is_copied(project: Project, manager: Client) -> None:
    foreign = ProjectFactory.create()
    for unseen in (foreign.pk, "01980000-0000-7000-8000-000000000000"):
        answer = manager.post(f"/projects/{project.pk}/schema/copy", {"from": unseen})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/from"
    answer = manager.post(f"/projects/{project.pk}/schema/copy", {})
    assert answer.json()["errors"][0]["pointer"] == "/from"


def test_schemas_are_seen_by_members_and_changed_by_managers(
    project: Project, path: str, curator: Client, stranger: Client
) -> None:
    assert curator.get(path).status_code == 200
    assert curator.put(path, {"labels": []}, if_match="0").status_code == 403
    assert curator.post(f"{path}/copy", {"from": project.pk}).status_code == 403
    for address in (path, f"{path}/versions"):
        assert stranger.get(address).status_code == 404
