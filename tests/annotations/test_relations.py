"""Relations join annotations of one set; they go with them, come back, and make chains."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from annotations.models import Annotation, AnnotationSet, Kind, Label, Relation
from annotations.services.relations import create_relation, restore_relation
from documents.models import Document, Project
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import AnnotationFactory, DocumentFactory, LabelFactory
from tests.threads import at_once
from users.models import Event

Do = Callable[..., Any]
UNKNOWN = "01980000-0000-7000-8000-000000000000"


@pytest.fixture
def likes(project: Project) -> Label:
    """Return a label for relations that joins anything."""
    made: Label = LabelFactory.create(project=project, name="likes", kind=Kind.RELATION)
    return made


@pytest.fixture
def ends(annotator: Client, said: Do) -> list[str]:
    """Return the ids of three annotations of the annotator, in the order of the text."""
    return [said(annotator, start=at, end=at + 3)["id"] for at in (0, 4, 13)]


@pytest.fixture
def relate(document: Document, likes: Label) -> Do:
    """Return a function by which a client joins two annotations."""

    def send(client: Client, source: Any, target: Any, **members: Any) -> Any:
        content = {"label": str(likes.pk), "source": str(source), "target": str(target)} | members
        headers = content.pop("headers", {})
        return client.post(f"/documents/{document.pk}/relations", content, **headers)

    return send


@pytest.fixture
def related(relate: Do) -> Do:
    """Return a function like `relate` that returns the JSON of the relation made."""

    def send(*told: Any, **members: Any) -> Any:
        response = relate(*told, **members)
        assert response.status_code == 201, response.content
        return response.json()

    return send


def path_of(relation: Any) -> str:
    return f"/relations/{relation['id']}"


def error_of(response: Any) -> tuple[str, str]:
    assert (response.status_code, response.json()["code"]) == (422, "invalid_relation")
    [error] = response.json()["errors"]
    return error["pointer"], error["code"]


def test_two_annotations_are_joined(
    annotator: Client, relate: Do, ends: list[str], document: Document, likes: Label
) -> None:
    response = relate(annotator, ends[0], ends[1], body="very much", confidence=0.5)
    made = response.json()
    assert response.status_code == 201
    assert made == {
        "id": made["id"],
        "project_id": str(document.project_id),
        "document_id": str(document.pk),
        "annotation_set_id": str(AnnotationSet.objects.get().pk),
        "label_id": str(likes.pk),
        "author_id": str(annotator.person.pk),
        "source_id": ends[0],
        "target_id": ends[1],
        "attributes": {},
        "body": "very much",
        "confidence": 0.5,
        "deleted_at": None,
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert (response["ETag"], response["Location"][-len(made["id"]) :]) == ('"1"', made["id"])
    assert annotator.get(path_of(made)).json() == made
    assert log_of(made["id"]) == [("relation.created", annotator.person.pk)]
    assert str(Relation.objects.get()) == f"likes: {ends[0]} to {ends[1]}"


def test_a_retry_under_one_key_joins_once(annotator: Client, relate: Do, ends: list[str]) -> None:
    key = {"headers": {"idempotency_key": "k-1"}}
    first, again = (relate(annotator, *ends[:2], **key) for _ in range(2))
    assert (again.status_code, again.json()) == (201, first.json())
    refused = relate(annotator, *ends[:2])
    assert (refused.status_code, refused.json()["code"]) == (409, "relation_exists")
    assert relate(annotator, ends[1], ends[0]).status_code == 201  # the other way


@pytest.mark.django_db(transaction=True)
def test_two_are_joined_once_even_at_the_same_time(
    annotator: Client, relate: Do, ends: list[str]
) -> None:
    clients = [Client.of(annotator.person) for _ in range(4)]
    answers = at_once(*(lambda c=c: relate(c, *ends[:2]) for c in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_ends_are_two_live_annotations_of_the_document(
    annotator: Client, relate: Do, ends: list[str], project: Project
) -> None:
    elsewhere = AnnotationFactory.create(
        annotation_set__document=DocumentFactory.create(project=project)
    ).pk
    annotator.delete(f"/annotations/{ends[2]}", if_match="1")
    for missing in (UNKNOWN, elsewhere, ends[2]):
        refused = error_of(relate(annotator, missing, ends[0]))
        assert refused == ("/source", "unknown_annotation")
        refused = error_of(relate(annotator, ends[0], missing))
        assert refused == ("/target", "unknown_annotation")
    assert error_of(relate(annotator, ends[0], ends[0])) == ("/target", "same_annotation")


def test_both_ends_are_of_one_set_that_one_may_write(
    annotator: Client, curator: Client, relate: Do, ends: list[str], said: Do
) -> None:
    other = said(curator)
    assert error_of(relate(curator, other["id"], ends[0])) == ("/target", "another_set")
    response = relate(curator, ends[0], ends[1])
    assert (response.status_code, response.json()["code"]) == (403, "not_yours")
    # Blind annotators do not even learn that there is something.
    assert error_of(relate(annotator, other["id"], ends[0])) == ("/source", "unknown_annotation")
    wrong = relate(curator, ends[0], ends[1], annotation_set=other["annotation_set_id"])
    assert error_of(wrong) == ("/source", "another_set")
    named = relate(annotator, *ends[:2], annotation_set=str(AnnotationSet.objects.first().pk))  # type: ignore[union-attr]
    assert named.status_code == 201


def test_a_closed_set_takes_none(
    annotator: Client, relate: Do, related: Do, ends: list[str], step: Do
) -> None:
    made = related(annotator, *ends[:2])
    step(annotator, "submit", made["annotation_set_id"])
    for response in (
        relate(annotator, ends[1], ends[2]),
        annotator.patch(path_of(made), {"body": "b"}, if_match="1"),
        annotator.delete(path_of(made), if_match="1"),
        annotator.post(f"{path_of(made)}/restore"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "set_closed")


def test_a_label_joins_what_it_may(
    annotator: Client, project: Project, relate: Do, said: Do, label: Label
) -> None:
    city = LabelFactory.create(project=project)
    lives = LabelFactory.create(
        project=project, kind=Kind.RELATION, joins=[[str(label.pk), str(city.pk)]]
    )
    ada, turin = said(annotator)["id"], said(annotator, label=city.pk, start=22, end=27)["id"]
    assert relate(annotator, ada, turin, label=str(lives.pk)).status_code == 201
    refused = relate(annotator, turin, ada, label=str(lives.pk))
    assert error_of(refused) == ("/label", "not_joined_by_label")
    none = relate(annotator, ada, turin, label=str(label.pk))
    assert error_of(none) == ("/label", "not_a_relation_label")
    assert error_of(relate(annotator, ada, turin, label=UNKNOWN)) == ("/label", "unknown_label")


def test_an_end_keeps_to_the_labels_that_its_relations_join(
    annotator: Client, project: Project, related: Do, said: Do, label: Label
) -> None:
    city, river = LabelFactory.create_batch(2, project=project)
    joins = [[str(label.pk), str(city.pk)], [str(label.pk), str(river.pk)]]
    lives = LabelFactory.create(project=project, kind=Kind.RELATION, joins=joins)
    ada, turin = said(annotator)["id"], said(annotator, label=city.pk, start=22, end=27)["id"]
    relation = related(annotator, ada, turin, label=str(lives.pk))
    for end, other in ((ada, city), (turin, label)):
        refused = annotator.patch(f"/annotations/{end}", {"label": str(other.pk)}, if_match="1")
        [error] = refused.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/label", "not_joined_by_label")
    moved = annotator.patch(f"/annotations/{turin}", {"label": str(river.pk)}, if_match="1")
    assert moved.status_code == 200
    assert annotator.delete(path_of(relation), if_match="1").status_code == 204
    free = annotator.patch(f"/annotations/{turin}", {"label": str(label.pk)}, if_match="2")
    assert free.status_code == 200
    back = annotator.post(f"/annotations/{turin}/restore", {"version": 1})
    assert back.json()["label_id"] == str(city.pk)
    assert annotator.post(f"{path_of(relation)}/restore").status_code == 200


def test_attributes_fit_the_label(
    annotator: Client, project: Project, relate: Do, ends: list[str]
) -> None:
    schema = {"type": "object", "properties": {"since": {"type": "integer"}}}
    since = LabelFactory.create(project=project, kind=Kind.RELATION, attribute_schema=schema)
    good = relate(annotator, *ends[:2], label=str(since.pk), attributes={"since": 1833})
    assert (good.status_code, good.json()["attributes"]) == (201, {"since": 1833})
    bad = relate(annotator, *ends[1:], label=str(since.pk), attributes={"since": "long"})
    assert error_of(bad)[0] == "/attributes/since"
    assert error_of(relate(annotator, *ends[1:], attributes={"a": 1}))[0] == "/attributes/a"


def test_a_relation_is_changed_under_its_version(
    annotator: Client, curator: Client, related: Do, ends: list[str], manager: Client, likes: Label
) -> None:
    made = related(annotator, *ends[:2])
    path = path_of(made)
    assert annotator.patch(path, {"body": "b"}).status_code == 428
    manager.delete(f"/labels/{likes.pk}?confirm=true", if_match="1")  # it may keep what it has
    response = annotator.patch(path, {"body": "b"}, if_match="1")
    assert (response.status_code, response["ETag"], response.json()["body"]) == (200, '"2"', "b")
    said = {"body": ("", "b"), "version": (1, 2)}
    assert changed(last_event(made["id"])).items() >= said.items()
    stale = annotator.patch(path, {"body": "c"}, if_match="1")
    assert (stale.status_code, stale.json()["current"]) == (412, response.json())
    assert curator.patch(path, {"body": "c"}, if_match="2").status_code == 403
    assert annotator.patch(path, {"source": ends[2]}, if_match="2").status_code == 422


def test_another_label_is_put_on(
    annotator: Client, project: Project, related: Do, relate: Do, ends: list[str]
) -> None:
    other = LabelFactory.create(project=project, kind=Kind.RELATION)
    first, second = (
        related(annotator, *ends[:2]),
        related(annotator, *ends[:2], label=str(other.pk)),
    )
    refused = annotator.patch(path_of(first), {"label": str(other.pk)}, if_match="1")
    assert (refused.status_code, refused.json()["code"]) == (409, "relation_exists")
    annotator.delete(path_of(second), if_match="1")
    assert (
        annotator.patch(path_of(first), {"label": str(other.pk)}, if_match="1").status_code == 200
    )


def test_a_relation_is_deleted_listed_apart_and_restored(
    annotator: Client, related: Do, ends: list[str], document: Document, likes: Label
) -> None:
    first, second = related(annotator, *ends[:2]), related(annotator, *ends[1:])
    assert annotator.delete(path_of(first), if_match="1").status_code == 204
    assert annotator.get(path_of(first)).status_code == 404

    def ids(query: str) -> list[str]:
        path = f"/documents/{document.pk}/relations{query}"
        return [row["id"] for row in annotator.get(path).json()["results"]]

    assert ids("") == ids(f"?source={ends[1]}") == ids(f"?target={ends[2]}") == [second["id"]]
    assert ids(f"?label={likes.pk}&author={annotator.person.pk}") == [second["id"]]
    assert ids(f"?annotation_set={UNKNOWN}") == []
    assert ids("?deleted=true") == [first["id"]]
    assert ids("?deleted=false") == [second["id"]]
    restored = annotator.post(f"{path_of(first)}/restore")
    assert restored.json() == first | {"version": 3, "updated_at": restored.json()["updated_at"]}
    row = Relation.objects.get(pk=first["id"])  # a simultaneous request was first
    assert restore_relation(author=annotator.person, relation=row).version == 3


def test_another_refusal_of_the_database_is_not_taken_for_a_relation_made_twice(
    annotator: Client, document: Document, ends: list[str], likes: Label
) -> None:
    fields = {"label": likes.pk, "source": UUID(ends[0]), "target": UUID(ends[1]), "confidence": 7}
    with pytest.raises(IntegrityError, match="relation_confidence_from_0_to_1"):
        create_relation(author=annotator.person, document=document, fields=fields)


# With their annotations


def test_the_relations_of_an_annotation_go_and_come_back_with_it(
    annotator: Client, related: Do, ends: list[str]
) -> None:
    out, into = related(annotator, ends[0], ends[1]), related(annotator, ends[2], ends[0])
    aside, gone = related(annotator, ends[1], ends[2]), related(annotator, ends[0], ends[2])
    annotator.delete(path_of(gone), if_match="1")
    deleted = annotator.delete(f"/annotations/{ends[0]}", if_match="1")
    assert {str(one.pk) for one in Relation.objects.live()} == {aside["id"]}
    at = {one.deleted_at for one in Relation.objects.filter(pk__in=[out["id"], into["id"]])}
    assert at == {Annotation.objects.get(pk=ends[0]).deleted_at}
    told = Event.objects.filter(request_id=deleted["X-Request-ID"]).values_list("action", flat=True)
    assert sorted(told) == ["annotation.deleted", "relation.deleted", "relation.deleted"]
    refused = annotator.post(f"{path_of(out)}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "end_deleted")
    annotator.post(f"/annotations/{ends[0]}/restore")
    live = {str(one.pk) for one in Relation.objects.live()}
    assert live == {aside["id"], out["id"], into["id"]}
    assert [action for action, _ in log_of(out["id"])] == [
        "relation.created",
        "relation.deleted",
        "relation.restored",
    ]
    assert annotator.get(path_of(out)).json()["version"] == 3


def test_a_relation_waits_for_its_other_end(
    annotator: Client, related: Do, ends: list[str]
) -> None:
    made = related(annotator, ends[0], ends[1])
    for end in ends[:2]:
        annotator.delete(f"/annotations/{end}", if_match="1")
    for end, is_there in ((ends[0], False), (ends[1], True)):
        annotator.post(f"/annotations/{end}/restore")
        assert (annotator.get(path_of(made)).status_code == 200) is is_there


# Many at once


@pytest.fixture
def bulk(document: Document, likes: Label) -> Do:
    def send(client: Client, *pairs: Any, **members: Any) -> Any:
        items = [
            {"label": str(likes.pk), "source": str(source), "target": str(target)}
            for source, target in pairs
        ]
        path = f"/documents/{document.pk}/relations/bulk"
        return client.post(path, {"relations": items} | members)

    return send


def test_the_good_are_kept_and_the_bad_are_told(
    annotator: Client, bulk: Do, related: Do, ends: list[str]
) -> None:
    one, two, three = ends
    related(annotator, two, three)
    pairs = [(one, two), (one, two), (two, three), (one, one), (three, UNKNOWN), (three, one)]
    answer = bulk(annotator, *pairs).json()
    told = [(item["status"], item.get("problem", {}).get("code")) for item in answer["results"]]
    assert told == [
        (201, None),
        (409, "relation_exists"),
        (409, "relation_exists"),
        (422, "invalid_relation"),
        (422, "invalid_relation"),
        (201, None),
    ]
    assert (answer["created"], answer["failed"]) == (2, 4)
    for item in (answer["results"][0], answer["results"][5]):
        made = item["relation"]
        assert annotator.get(path_of(made)).json() == made
        assert log_of(made["id"]) == [("relation.created", annotator.person.pk)]


def test_many_cost_as_many_queries_as_few(
    annotator: Client, bulk: Do, said: Do, ends: list[str]
) -> None:
    many = [said(annotator)["id"] for _ in range(20)]
    costs = []
    for pairs in ([(ends[0], ends[1])], [(ends[2], one) for one in many]):
        with CaptureQueriesContext(connection) as queries:
            assert bulk(annotator, *pairs).json()["failed"] == 0
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_list_whose_set_cannot_be_told_is_refused(
    annotator: Client, bulk: Do, ends: list[str], document: Document
) -> None:
    assert error_of(bulk(annotator, (UNKNOWN, ends[0]))) == ("/source", "unknown_annotation")
    named = {"annotation_set": str(AnnotationSet.objects.get().pk)}
    answer = bulk(annotator, (UNKNOWN, ends[0]), (ends[0], ends[1]), **named).json()
    assert (answer["created"], answer["failed"]) == (1, 1)
    refused = bulk(annotator, (ends[0], ends[1]), annotation_set=UNKNOWN)
    assert refused.json()["errors"][0]["pointer"] == "/annotation_set"
    path = f"/documents/{document.pk}/relations/bulk"
    assert annotator.post(path, {"relations": []}).status_code == 422


# Chains


def test_chains_are_what_relations_join(
    *,
    annotator: Client,
    curator: Client,
    related: Do,
    said: Do,
    document: Document,
    project: Project,
    likes: Label,
) -> None:
    same = LabelFactory.create(project=project, kind=Kind.RELATION)
    a, b, c, d, e = (said(annotator, start=at, end=at + 2)["id"] for at in (20, 0, 10, 30, 5))
    first = related(annotator, a, c, label=str(same.pk))
    second = related(annotator, b, c, label=str(same.pk))
    third = related(annotator, e, d, label=str(same.pk))
    related(annotator, c, d)  # of another label, so it joins nothing here
    gone = related(annotator, c, e, label=str(same.pk))
    annotator.delete(path_of(gone), if_match="1")
    x, y = (said(curator, start=at, end=at + 2)["id"] for at in (4, 2))
    other = related(curator, x, y, label=str(same.pk))
    path = f"/documents/{document.pk}/chains?label={same.pk}"
    own = first["annotation_set_id"]
    expected = [
        {
            "annotation_set_id": own,
            "annotations": [b, c, a],
            "relations": [first["id"], second["id"]],
        },
        {"annotation_set_id": own, "annotations": [e, d], "relations": [third["id"]]},
    ]
    assert annotator.get(path).json() == {"results": expected}  # blind: only one's own
    assert curator.get(f"{path}&annotation_set={own}").json() == {"results": expected}
    of_curator = {
        "annotation_set_id": other["annotation_set_id"],
        "annotations": [y, x],
        "relations": [other["id"]],
    }
    assert curator.get(path).json() == {"results": [*expected, of_curator]}
    assert annotator.get(f"/documents/{document.pk}/chains").status_code == 400


def test_a_long_chain_costs_no_more_queries(
    annotator: Client, document: Document, said: Do, bulk: Do, likes: Label
) -> None:
    ids = [said(annotator)["id"] for _ in range(30)]
    path = f"/documents/{document.pk}/chains?label={likes.pk}"
    costs = []
    for pairs in (pairwise(ids[:3]), pairwise(ids[3:])):
        bulk(annotator, *pairs)
        with CaptureQueriesContext(connection) as queries:
            results = annotator.get(path).json()["results"]
        costs.append(len(queries))
    assert [len(one["annotations"]) for one in results] == [3, 27]
    assert costs[0] == costs[1]
