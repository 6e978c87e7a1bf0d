"""One fault in a content refuses all of it, told at its place; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from annotations.models import Kind, Label
from annotations.services.set_content import putting
from documents.models import Document, Project
from tests.annotations.set_content import (
    everything,
    joint,
    kept,
    of,
    path_of,
    put,
    read,
    refused,
    span,
)
from tests.client import Client
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    LabelFactory,
    RelationFactory,
)
from tests.threads import start_until_it_waits

Do = Callable[..., Any]


@pytest.fixture
def likes(project: Project) -> Label:
    """Return a label for relations that joins anything."""
    made: Label = LabelFactory.create(project=project, name="likes", kind=Kind.RELATION)
    return made


@pytest.fixture
def mine(annotator: Client, opened: Do) -> str:
    """Return the id of the annotator's own set."""
    return str(opened(annotator)["id"])


@pytest.fixture
def strict(project: Project) -> Project:
    """Return the project, which allows no overlap."""
    Project.objects.filter(pk=project.pk).update(allows_overlap=False)
    return project


def test_each_fault_is_told_at_its_place_and_nothing_is_written(
    annotator: Client, mine: str, project: Project, label: Label, topic: Label, likes: Label
) -> None:
    archived = LabelFactory.create(project=project, archived_at="2026-01-01T00:00:00Z")
    kept(annotator, mine, of(known := span(label)))
    before = everything()
    items = [
        span(label),
        span(label, quote="Eve"),
        span(label, 900, 1000),
        span(LabelFactory.create()),
        span(archived),
        span(likes),
        known | {"label": str(archived.pk)},
        {"label": str(label.pk)},
        {"label": str(label.pk), "quote": "i"},
        span(topic),
        span(label, attributes={"a": 1}),
        span(label, derived_from=str(uuid4())),
        known | {"id": str(uuid4()), "fragments": [{"start": 0, "end": 2}, {"quote": "x"}]},
    ]
    response = put(annotator, mine, of(*items))
    assert refused(response) == [
        ("/annotations/1/quote", "quote_mismatch"),
        ("/annotations/2/end", "offset_out_of_range"),
        ("/annotations/3/label", "unknown_label"),
        ("/annotations/4/label", "unknown_label"),
        ("/annotations/5/label", "relation_label"),
        ("/annotations/6/label", "unknown_label"),
        ("/annotations/7/start", "required"),
        ("/annotations/8/quote", "quote_ambiguous"),
        ("/annotations/9/start", "not_a_span_label"),
        ("/annotations/10/attributes/a", "unknown_attribute"),
        ("/annotations/11/derived_from", "unknown_annotation"),
        ("/annotations/12/fragments/1/quote", "quote_not_found"),
    ]
    assert len(response.json()["errors"][7]["candidates"]) > 1
    assert everything() == before


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({}, "/annotations", "required"),
        ({"annotations": []}, "/relations", "required"),
        ({"annotations": None, "relations": []}, "/annotations", "null"),
        ({"annotations": [], "relations": {}}, "/relations", "not_a_list"),
        ({"annotations": ["x"], "relations": []}, "/annotations/0", "invalid"),
        ({"annotations": [{}], "relations": []}, "/annotations/0/label", "required"),
        ({"annotations": [{"label": None}], "relations": []}, "/annotations/0/label", "null"),
        ({"annotations": [{"id": "x"}], "relations": []}, "/annotations/0/id", "invalid"),
        ({"annotations": [{"color": 1}], "relations": []}, "/annotations/0/color", "unknown"),
        ({"annotations": [], "relations": [{}]}, "/relations/0/label", "required"),
        ({"annotations": [], "relations": [], "state": "draft"}, "/state", "unknown"),
    ],
)
def test_what_is_no_content_is_refused(
    annotator: Client, mine: str, content: Any, pointer: str, code: str
) -> None:
    response = put(annotator, mine, content)
    error = response.json()["errors"][0]
    assert (response.status_code, error["pointer"], error["code"]) == (422, pointer, code)


def test_two_names_of_one_member_say_the_same(
    annotator: Client, mine: str, label: Label, topic: Label
) -> None:
    item = span(label)
    kept(annotator, mine, of(item | {"label_id": str(label.pk)}))
    error = put(annotator, mine, of(item | {"label_id": str(topic.pk)})).json()["errors"][0]
    assert (error["pointer"], error["code"]) == ("/annotations/0/label_id", "contradiction")


def test_faults_of_relations_are_told_once_the_annotations_are_good(
    annotator: Client, mine: str, project: Project, label: Label, likes: Label, document: Document
) -> None:
    joins = [[str(label.pk), str(LabelFactory.create(project=project).pk)]]
    strictly = LabelFactory.create(project=project, kind=Kind.RELATION, joins=joins)
    one, two, three = span(label), span(label, 4, 12), span(label, 13, 18)
    known = joint(likes, one, two)
    kept(annotator, mine, of(one, two, three, relations=[known]))
    elsewhere = AnnotationFactory.create(
        annotation_set__document=document, annotation_set__author=annotator.person,
        annotation_set__kind="gold", label=label,
    )  # fmt: skip
    before = everything()
    items = [
        known | {"source": three["id"]},
        joint(likes, one, {"id": str(uuid4())}),
        joint(likes, one, one),
        joint(likes, one, {"id": str(elsewhere.pk)}),
        joint(label, one, two),
        joint(strictly, one, two),
        joint(likes, one, two, attributes={"a": 1}),
        joint(likes, three, one),
    ]
    assert refused(put(annotator, mine, of(one, three, two, relations=items))) == [
        ("/relations/0/source", "stays"),
        ("/relations/1/target", "unknown_annotation"),
        ("/relations/2/target", "same_annotation"),
        ("/relations/3/target", "another_set"),
        ("/relations/4/label", "not_a_relation_label"),
        ("/relations/5/label", "not_joined_by_label"),
        ("/relations/6/attributes/a", "unknown_attribute"),
    ]
    assert refused(put(annotator, mine, of(one, relations=[known]))) == [
        ("/relations/0/target", "unknown_annotation")
    ]
    faulty = of(span(label, 0, 900), relations=items)
    assert refused(put(annotator, mine, faulty)) == [("/annotations/0/end", "offset_out_of_range")]
    assert everything() == before


def test_relations_are_held_against_the_new_labels_of_their_ends(
    annotator: Client, mine: str, project: Project, label: Label
) -> None:
    other = LabelFactory.create(project=project)
    joins = [[str(label.pk), str(label.pk)]]
    likes = LabelFactory.create(project=project, kind=Kind.RELATION, joins=joins)
    one, two = span(label), span(label, 4, 12)
    relations = [joint(likes, one, two)]
    kept(annotator, mine, of(one, two, relations=relations))
    changed = of(one | {"label": str(other.pk)}, two, relations=relations)
    assert refused(put(annotator, mine, changed)) == [("/relations/0/label", "not_joined_by_label")]
    likes.joins.append([str(other.pk), str(label.pk)])
    likes.save()
    kept(annotator, mine, changed)


def test_what_may_be_there_but_once_is_there_once(
    annotator: Client, mine: str, label: Label, topic: Label, likes: Label
) -> None:
    whole = {"label": str(topic.pk)}
    one, two = span(label), span(label, 4, 12)
    response = put(annotator, mine, of(whole, one, whole | {"body": "Again."}))
    assert refused(response) == [("/annotations/2/label", "label_already_given")]
    ways = [joint(likes, one, two), joint(likes, two, one), joint(likes, one, two)]
    response = put(annotator, mine, of(one, two, relations=ways))
    assert refused(response) == [("/relations/2", "relation_exists")]
    assert read(annotator, mine)[0] == of()


@pytest.mark.usefixtures("strict")
def test_spans_do_not_overlap_where_they_may_not(
    annotator: Client, mine: str, label: Label
) -> None:
    """Of two that change places, each leaves room for the other."""
    one, two = span(label), span(label, 4, 12)
    response = put(annotator, mine, of(one, two, span(label, 2, 5)))
    assert refused(response) == [("/annotations/2", "overlaps")]
    assert response.json()["errors"][0]["detail"] == "/annotations/0 is in the way."
    kept(annotator, mine, of(one, two))
    one |= {"start": 4, "end": 12}
    two |= {"start": 0, "end": 3}
    kept(annotator, mine, of(one, two))
    kept(annotator, mine, of(two, span(label, 4, 12)))
    assert refused(put(annotator, mine, of(one, two, span(label, 11, 12)))) == [
        ("/annotations/2", "overlaps")
    ]


def test_an_id_stands_once(annotator: Client, mine: str, label: Label, likes: Label) -> None:
    one, two = span(label), span(label, 4, 12)
    way = joint(likes, one, two)
    response = put(annotator, mine, of(one, two, one, relations=[way, way | {"id": one["id"]}]))
    assert refused(response) == [
        ("/annotations/2/id", "id_repeated"),
        ("/relations/1/id", "id_repeated"),
    ]


def test_ids_of_anything_else_are_taken(
    annotator: Client, mine: str, label: Label, likes: Label, document: Document
) -> None:
    """Of which they are, is not told: all read alike, seen or not."""
    of_other_set = AnnotationFactory.create(annotation_set__document=document)
    unseen = AnnotationFactory.create()
    relation = RelationFactory.create()
    taken = [one.pk for one in (of_other_set, unseen, relation, document, label)]
    response = put(annotator, mine, of(*(span(label) | {"id": str(pk)} for pk in taken)))
    places = [f"/annotations/{number}/id" for number in range(1, 4)]
    assert refused(response)[1:4] == [(place, "id_taken") for place in places]
    assert len({one["detail"] for one in response.json()["errors"]}) == 1
    one, two = span(label), span(label, 4, 12)
    way = joint(likes, one, two)
    kept(annotator, mine, of(one, two, relations=[way]))
    crossed = of(one, two, span(label) | {"id": way["id"]}, relations=[way])
    assert refused(put(annotator, mine, crossed))[0] == ("/annotations/2/id", "id_taken")


def test_what_it_was_made_of_stays(
    curator: Client, said: Do, opened: Do, document: Document, label: Label
) -> None:
    gold = curator.post(f"/documents/{document.pk}/annotation-sets", {"kind": "gold"}).json()["id"]
    source, other = said(curator), said(curator)
    item = span(label, derived_from=source["id"])
    done = kept(curator, gold, of(item))
    assert done["annotations"][0]["derived_from_id"] == source["id"]
    assert kept(curator, gold, done) == done
    del item["derived_from"]
    assert kept(curator, gold, of(item)) == done
    response = put(curator, gold, of(item | {"derived_from": other["id"]}))
    assert refused(response) == [("/annotations/0/derived_from", "stays")]


def test_as_much_as_a_set_may_hold(
    annotator: Client, mine: str, label: Label, settings: Settings
) -> None:
    kept(annotator, mine, of(*(span(label) for _ in range(3))))
    settings.SET_MAX_ITEMS = 2
    for response in (annotator.get(path_of(mine)), put(annotator, mine, of())):
        assert (response.status_code, response.json()["code"]) == (409, "set_too_large")
    settings.SET_MAX_ITEMS = 3
    read(annotator, mine)


def test_more_than_the_limit_is_no_content(annotator: Client, mine: str) -> None:
    response = put(annotator, mine, of(*[{}] * 10_001))
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/annotations", "max_length")


def test_a_set_that_is_handed_in_is_read_and_not_replaced(
    annotator: Client, mine: str, label: Label, step: Do
) -> None:
    kept(annotator, mine, of(span(label)))
    before, tag = read(annotator, mine)
    assert step(annotator, "submit", mine).status_code == 200
    content, other = read(annotator, mine)
    assert content == before
    assert other != tag
    response = put(annotator, mine, of(), tag)
    assert (response.status_code, response.json()["code"]) == (409, "set_closed")


def test_only_its_author_replaces_a_set(annotator: Client, curator: Client, mine: str) -> None:
    response = put(curator, mine, of())
    assert (response.status_code, response.json()["code"]) == (403, "not_yours")


def test_of_a_blind_project_the_sets_of_others_are_unseen(
    annotator: Client, project: Project, document: Document
) -> None:
    Project.objects.filter(pk=project.pk).update(is_blind=True)
    other = AnnotationSetFactory.create(document=document).pk
    assert annotator.get(path_of(other)).status_code == 404
    assert put(annotator, other, of()).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_id_that_somebody_takes_meanwhile_is_taken(
    annotator: Client, mine: str, label: Label
) -> None:
    item = span(label)
    elsewhere = AnnotationSetFactory.create()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            AnnotationFactory.create(pk=item["id"], annotation_set=elsewhere)
            waiting = start_until_it_waits(pool, lambda: put(annotator, mine, of(item)))
        assert refused(waiting.result()) == [("/annotations/0/id", "id_taken")]
    assert read(annotator, mine)[0] == of()


def test_no_other_refusal_of_the_database_is_taken_for_a_fault(
    annotator: Client, mine: str, label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise IntegrityError("Something else.")

    monkeypatch.setattr(putting, "write", refuse)
    response = put(annotator, mine, of(span(label)))
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
