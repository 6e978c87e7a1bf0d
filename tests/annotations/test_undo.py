"""One's changes to a document are taken back, a request at a time, and made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from annotations.models import Annotation, Kind, Label, Relation
from documents.models import Document, Project, Role
from tests.client import Client
from tests.factories import LabelFactory
from tests.threads import at_once
from users.models import Event

# Each request must be a transaction of its own: that is what a step is.
pytestmark = pytest.mark.django_db(transaction=True)
Said = Callable[..., Any]


@pytest.fixture
def do(document: Document) -> Callable[..., Any]:
    """Return a function by which a client undoes or redoes; it returns the answer's JSON."""

    def send(client: Client, what: str, query: str = "", status: int = 200) -> Any:
        response = client.post(f"/documents/{document.pk}/{what}{query}")
        assert response.status_code == status, response.content
        return response.json()

    return send


def state(document: Document) -> dict[str, Any]:
    """Return what is said of a document now, as far as people wrote it."""
    columns = ("pk", "label_id", "start", "end", "quote", "body", "attributes", "confidence")
    said = Annotation.objects.live().filter(document=document).values_list(*columns)
    joined = Relation.objects.live().filter(document=document)
    return {
        "annotations": sorted(said),
        "relations": sorted(joined.values_list("pk", "source_id", "target_id", "body")),
    }


def patch(client: Client, annotation: dict[str, Any], **changes: Any) -> dict[str, Any]:
    path = f"/annotations/{annotation['id']}"
    response = client.patch(path, changes, if_match=str(annotation["version"]))
    assert response.status_code == 200, response.content
    return dict(response.json())


def delete(client: Client, annotation: dict[str, Any]) -> None:
    path = f"/annotations/{annotation['id']}"
    response = client.delete(path, if_match=str(annotation["version"]))
    assert response.status_code == 204, response.content


def test_every_kind_of_change_is_taken_back_and_made_again(
    document: Document, annotator: Client, said: Said, do: Callable[..., Any]
) -> None:
    states = [state(document)]
    one = said(annotator)
    states.append(state(document))
    one = patch(annotator, one, body="First.", confidence=0.5)
    states.append(state(document))
    one = patch(annotator, one, start=4, end=12)
    states.append(state(document))
    delete(annotator, one)
    states.append(state(document))
    assert annotator.post(f"/annotations/{one['id']}/restore").status_code == 200
    states.append(state(document))
    for before in states[-2::-1]:
        answer = do(annotator, "undo")
        assert state(document) == before
    assert answer["can_undo"] is False
    assert answer["can_redo"] is True
    for after in states[1:]:
        answer = do(annotator, "redo")
        assert state(document) == after
    assert (answer["can_undo"], answer["can_redo"]) == (True, False)


def test_what_one_request_made_is_one_step(
    document: Document, annotator: Client, label: Label, do: Callable[..., Any]
) -> None:
    items = [{"label": label.pk, "start": place, "end": place + 1} for place in range(3)]
    path = f"/documents/{document.pk}/annotations/bulk"
    assert annotator.post(path, {"annotations": items}).json()["created"] == 3
    full = state(document)
    answer = do(annotator, "undo")
    assert len(answer["annotations"]) == 3
    assert all(one["deleted_at"] for one in answer["annotations"])
    assert state(document)["annotations"] == []
    do(annotator, "redo")
    assert state(document) == full


def test_relations_go_and_come_with_their_annotations(
    project: Project, document: Document, annotator: Client, said: Said, do: Callable[..., Any]
) -> None:
    joins = LabelFactory.create(project=project, kind=Kind.RELATION)
    one, two = said(annotator), said(annotator, start=4, end=12)
    content = {"label": joins.pk, "source": one["id"], "target": two["id"]}
    assert annotator.post(f"/documents/{document.pk}/relations", content).status_code == 201
    joined = state(document)
    delete(annotator, one)
    assert state(document)["relations"] == []
    answer = do(annotator, "undo")
    assert state(document) == joined
    assert len(answer["annotations"]) == len(answer["relations"]) == 1
    do(annotator, "redo")
    assert state(document)["relations"] == []
    do(annotator, "undo"), do(annotator, "undo")
    assert len(state(document)["annotations"]) == 2
    assert state(document)["relations"] == []


def test_a_relation_does_not_come_back_to_an_end_that_is_gone(
    project: Project, document: Document, annotator: Client, said: Said, do: Callable[..., Any]
) -> None:
    joins = LabelFactory.create(project=project, kind=Kind.RELATION)
    one, two = said(annotator), said(annotator, start=4, end=12)
    content = {"label": joins.pk, "source": one["id"], "target": two["id"]}
    relation = annotator.post(f"/documents/{document.pk}/relations", content).json()
    path = f"/relations/{relation['id']}"
    assert annotator.delete(path, if_match=str(relation["version"])).status_code == 204
    Annotation.objects.filter(pk=two["id"]).update(deleted_at=timezone.now())  # as jobs do
    assert do(annotator, "undo", status=409)["code"] == "changed_since"
    assert state(document)["relations"] == []


def test_what_comes_back_keeps_to_what_the_project_allows_by_now(
    project: Project,
    document: Document,
    annotator: Client,
    manager: Client,
    said: Said,
    do: Callable[..., Any],
) -> None:
    said(annotator)
    delete(annotator, said(annotator, start=2, end=8))
    for allows in (False, True):
        changed = {"allows_overlap": allows}
        assert manager.patch(f"/projects/{project.pk}", changed, If_Match="*").status_code == 200
        if not allows:
            assert do(annotator, "undo", status=409)["code"] == "overlaps"
    do(annotator, "undo")
    assert len(state(document)["annotations"]) == 2


def test_a_new_change_is_the_end_of_redoing(
    document: Document, annotator: Client, said: Said, do: Callable[..., Any]
) -> None:
    said(annotator)
    do(annotator, "undo")
    said(annotator, start=4, end=12)
    steps = annotator.get(f"/documents/{document.pk}/steps").json()
    assert steps == {"can_undo": True, "can_redo": False}
    assert do(annotator, "redo", status=409)["code"] == "nothing_to_undo"


def test_one_undoes_nothing_of_others(
    project: Project,
    document: Document,
    annotator: Client,
    member: Callable[[str], Client],
    said: Said,
    do: Callable[..., Any],
) -> None:
    said(annotator)
    other = member(Role.ANNOTATOR)
    before = state(document)
    assert do(other, "undo", status=409)["code"] == "nothing_to_undo"
    assert state(document) == before


def test_what_others_changed_since_is_not_taken_back(
    document: Document, curator: Client, member: Callable[[str], Client], label: Label, do: Any
) -> None:
    gold = curator.post(f"/documents/{document.pk}/annotation-sets", {"kind": "gold"}).json()
    path = f"/documents/{document.pk}/annotations"
    content = {"label": label.pk, "start": 0, "end": 3, "annotation_set": gold["id"]}
    one = curator.post(path, content).json()
    second = member(Role.CURATOR)
    patch(second, one, body="Mine.")
    before = state(document)
    answer = do(curator, "undo", status=409)
    assert answer["code"] == "changed_since"
    assert answer["target_id"] == one["id"]
    assert state(document) == before
    do(second, "undo")
    assert do(curator, "undo", status=409)["code"] == "changed_since"


def test_what_others_have_joined_is_not_taken_back(
    project: Project,
    document: Document,
    curator: Client,
    member: Callable[[str], Client],
    label: Label,
    do: Any,
) -> None:
    gold = curator.post(f"/documents/{document.pk}/annotation-sets", {"kind": "gold"}).json()
    path = f"/documents/{document.pk}/annotations"
    spans = [{"label": label.pk, "start": place, "end": place + 1} for place in (0, 4)]
    one, two = (curator.post(path, span | {"annotation_set": gold["id"]}).json() for span in spans)
    joins = LabelFactory.create(project=project, kind=Kind.RELATION)
    content = {"label": joins.pk, "source": one["id"], "target": two["id"]}
    made = member(Role.CURATOR).post(f"/documents/{document.pk}/relations", content)
    assert made.status_code == 201
    assert do(curator, "undo", status=409)["code"] == "changed_since"


def test_nothing_is_undone_in_a_set_that_is_handed_in(
    annotator: Client, said: Said, step: Any, do: Callable[..., Any]
) -> None:
    one = said(annotator)
    assert step(annotator, "submit", one["annotation_set_id"]).status_code == 200
    assert do(annotator, "undo", status=409)["code"] == "set_closed"


def test_what_stands_in_the_way_is_told(
    document: Document, curator: Client, member: Callable[[str], Client], topic: Label, do: Any
) -> None:
    """Another curator gave the label again meanwhile."""
    gold = curator.post(f"/documents/{document.pk}/annotation-sets", {"kind": "gold"}).json()
    path, content = f"/documents/{document.pk}/annotations", {"label": topic.pk}
    one = curator.post(path, content | {"annotation_set": gold["id"]}).json()
    delete(curator, one)
    other = member(Role.CURATOR).post(path, content | {"annotation_set": gold["id"]}).json()
    assert do(curator, "undo", status=409)["code"] == "label_already_given"
    assert [str(row[0]) for row in state(document)["annotations"]] == [other["id"]]


def test_undone_twice_at_once_two_steps_are_taken_back(
    document: Document, annotator: Client, said: Said, do: Callable[..., Any]
) -> None:
    for place in range(4):
        said(annotator, start=place, end=place + 1)
    at_once(*[lambda: do(Client.of(annotator.person), "undo")] * 3)
    assert len(state(document)["annotations"]) == 1
    assert Event.objects.exclude(undoes=None).values("undoes").distinct().count() == 3


def test_offsets_of_the_answer_count_what_is_asked_for(
    project: Project, annotator: Client, label: Label
) -> None:
    from tests.factories import DocumentFactory

    document = DocumentFactory.create(project=project, text="👩‍🔬 Ada")
    path = f"/documents/{document.pk}"
    annotator.post(f"{path}/annotations", {"label": label.pk, "start": 4, "end": 7})
    [one] = annotator.post(f"{path}/undo?offset_unit=utf16").json()["annotations"]
    assert (one["start"], one["end"]) == (6, 9)


def test_who_may_not_annotate_has_nothing_to_undo(
    document: Document, viewer: Client, stranger: Client
) -> None:
    for route in ("undo", "redo"):
        assert viewer.post(f"/documents/{document.pk}/{route}").status_code == 403
        assert stranger.post(f"/documents/{document.pk}/{route}").status_code == 404
    nothing = {"can_undo": False, "can_redo": False}
    assert viewer.get(f"/documents/{document.pk}/steps").json() == nothing
