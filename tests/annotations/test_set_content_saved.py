"""Drafts that save themselves: cheap when nothing changed, and no save wipes out another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import AnnotationSet, Kind, Label
from documents.models import Document, Job, Project, Revision
from tests.annotations.set_content import (
    actions,
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
from tests.documents.jobs_at_work import work_on
from tests.factories import LabelFactory
from tests.threads import at_once, while_held
from users.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
Do = Callable[..., Any]
TEXT = "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë."


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
def moved(document: Document, manager: Client) -> Do:
    """Return a function that gives the document another text, to which what is said follows."""

    def send(text: str, *, of_a_file: bool = False) -> None:
        if of_a_file:  # parts of pages have a place in their own file alone
            Revision.objects.update(source="former.txt")
        path = f"/documents/{document.pk}/revisions"
        assert manager.post(path, {"text": text}).status_code == 201
        work_on(Job.objects.latest("id"))

    return send


@pytest.fixture
def do(document: Document) -> Do:
    """Return a function by which a client undoes or redoes."""

    def send(client: Client, what: str) -> Any:
        response = client.post(f"/documents/{document.pk}/{what}")
        assert response.status_code == 200, response.content
        return response.json()

    return send


def said_in(client: Client, set_id: str) -> Any:
    """Return what a set says, whatever the versions and times."""
    content, _ = read(client, set_id)
    passing = {"version", "updated_at"}
    return [
        {name: told for name, told in one.items() if name not in passing}
        for one in (*content["annotations"], *content["relations"])
    ]


def test_it_takes_the_tag_of_what_was_read(annotator: Client, mine: str, label: Label) -> None:
    response = annotator.put(path_of(mine), of())
    assert (response.status_code, response.json()["code"]) == (428, "precondition_required")
    _, tag = read(annotator, mine)
    kept(annotator, mine, of(item := span(label)), tag)
    before, present = read(annotator, mine)
    for content in (of(item | {"body": "Mine."}), of(span(label, 0, 900))):
        response = put(annotator, mine, content, tag)
        assert (response.status_code, response.json()["code"]) == (412, "stale_version")
        assert response["ETag"] == present != tag
        assert response.json()["current"] == before
    kept(annotator, mine, of(item | {"body": "Mine."}), present)


def test_a_retry_of_what_was_saved_is_no_conflict(
    annotator: Client, mine: str, label: Label
) -> None:
    """The answer to the first may have got lost."""
    _, tag = read(annotator, mine)
    content = of(span(label), {"label": str(label.pk), "quote": "Turin"})
    first = kept(annotator, mine, content, tag)
    before = everything()
    assert kept(annotator, mine, content, tag) == first
    assert everything() == before


def test_whatever_changes_the_set_changes_the_tag(
    annotator: Client, mine: str, said: Do, step: Do, curator: Client, moved: Do
) -> None:
    tags = [read(annotator, mine)[1]]
    one = said(annotator)
    tags.append(read(annotator, mine)[1])
    annotator.patch(f"/annotations/{one['id']}", {"body": "x"}, if_match="1")
    tags.append(read(annotator, mine)[1])
    moved(TEXT.replace("Turin", "Torino"))
    tags.append(read(annotator, mine)[1])
    annotator.delete(f"/annotations/{one['id']}", If_Match="*")
    tags.append(read(annotator, mine)[1])
    for name, client in (("submit", annotator), ("return", curator)):
        assert step(client, name, mine).status_code == 200
        tags.append(read(annotator, mine)[1])
    assert len(set(tags)) == len(tags)
    assert read(annotator, mine, "?offset_unit=utf16")[1] == f'{tags[-1][:-1]}.utf16"'


def test_of_two_tabs_one_saves_and_the_other_is_told(
    annotator: Client, mine: str, label: Label
) -> None:
    for number in range(5):
        before, tag = read(annotator, mine)
        tabs = [of(span(label, body=f"{number} {tab}")) for tab in "ab"]
        saves = [partial(put, Client.of(annotator.person), mine, tab, tag) for tab in tabs]
        answers = at_once(*saves)
        won, lost = sorted(answers, key=lambda answer: answer.status_code)
        assert (won.status_code, lost.status_code) == (200, 412)
        assert lost.json()["current"] == won.json() == read(annotator, mine)[0]
        assert lost["ETag"] == won["ETag"] != tag
        assert len(before["annotations"]) == bool(number)


def test_no_save_wipes_out_what_is_said_in_the_same_moment(
    annotator: Client, mine: str, label: Label, said: Do
) -> None:
    for _ in range(4):
        content, tag = read(annotator, mine)
        clients = [Client.of(annotator.person) for _ in range(3)]
        more = of(*content["annotations"], span(label))
        posts = [partial(said, client) for client in clients[1:]]
        saved, *posted = at_once(partial(put, clients[0], mine, more, tag), *posts)
        there = {one["id"] for one in read(annotator, mine)[0]["annotations"]}
        assert there >= {one["id"] for one in (*content["annotations"], *posted)}
        assert saved.status_code in {200, 412}
        is_there = len(there) == len(content["annotations"]) + 3
        assert is_there is (saved.status_code == 200)


def test_what_was_decided_before_the_lock_is_decided_after_it(
    annotator: Client, mine: str, label: Label
) -> None:
    _, tag = read(annotator, mine)
    row = AnnotationSet.objects.get(pk=mine)
    [answer] = while_held(
        row, lambda: put(annotator, mine, of(span(label)), tag), state="submitted"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "set_closed")


def test_one_save_is_one_step_to_undo_and_to_redo(
    annotator: Client, mine: str, label: Label, likes: Label, topic: Label, do: Do
) -> None:
    one, two, whole = span(label), span(label, 4, 12), {"label": str(topic.pk)}
    kept(annotator, mine, of(one, two, whole, relations=[joint(likes, one, two)]))
    before = said_in(annotator, mine)
    new = span(label, 20, 24)
    changed = of(one | {"body": "Changed."}, new, relations=[joint(likes, new, one)])
    kept(annotator, mine, changed)
    after = said_in(annotator, mine)
    kept(annotator, mine, changed)  # nothing, hence no step
    for _ in range(2):
        assert do(annotator, "undo")["can_redo"]
        assert said_in(annotator, mine) == before
        do(annotator, "redo")
        assert said_in(annotator, mine) == after
    do(annotator, "undo"), do(annotator, "undo")
    assert said_in(annotator, mine) == []


def test_what_changed_places_changes_back(
    project: Project, annotator: Client, mine: str, label: Label, topic: Label, do: Do
) -> None:
    """One stands where the other stood, which may be there but once."""
    Project.objects.filter(pk=project.pk).update(allows_overlap=False)
    other = LabelFactory.create(project=project, kind=Kind.DOCUMENT)
    wholes = [{"id": span(label)["id"], "label": str(one.pk)} for one in (topic, other)]
    one, two = span(label), span(label, 4, 12)
    kept(annotator, mine, of(one, two, *wholes))
    before = said_in(annotator, mine)
    wholes[0]["label"], wholes[1]["label"] = wholes[1]["label"], wholes[0]["label"]
    kept(annotator, mine, of(one | {"start": 4, "end": 12}, two | {"start": 0, "end": 3}, *wholes))
    after = said_in(annotator, mine)
    do(annotator, "undo")
    assert said_in(annotator, mine) == before
    do(annotator, "redo")
    assert said_in(annotator, mine) == after


def test_what_takes_a_freed_place_is_undone_before_it_is_filled(
    project: Project, annotator: Client, mine: str, label: Label, do: Do
) -> None:
    Project.objects.filter(pk=project.pk).update(allows_overlap=False)
    one, two = span(label), span(label, 4, 12)
    kept(annotator, mine, of(one, two))
    before = said_in(annotator, mine)
    kept(annotator, mine, of(two | {"start": 0, "end": 2}, span(label, 4, 12)))
    after = said_in(annotator, mine)
    for what, there in (("undo", before), ("redo", after), ("undo", before)):
        do(annotator, what)
        assert said_in(annotator, mine) == there


def test_what_is_lost_stays_until_it_is_placed(
    annotator: Client, mine: str, label: Label, moved: Do, project: Project
) -> None:
    parts = [{"start": 29, "end": 32}, {"start": 33, "end": 34}]
    whole, apart = span(label, 29, 34), span(label) | {"fragments": parts}
    del apart["start"], apart["end"]
    kept(annotator, mine, of(whole, apart, span(label)))
    moved("Ada Lovelace lives in Turin.")
    for query in ("", "?offset_unit=utf16"):
        content, tag = read(annotator, mine, query)
        lost = [one for one in content["annotations"] if one["anchoring"] == "lost"]
        assert {one["id"] for one in lost} == {whole["id"], apart["id"]}
        assert kept(annotator, mine, content, tag, query) == content
    told = {one["id"]: one for one in content["annotations"]}
    told[whole["id"]]["body"] = "Still lost."
    again = kept(annotator, mine, of(*told.values()), query="?offset_unit=utf16")
    assert [one["anchoring"] for one in again["annotations"]].count("lost") == 2
    places = [{"start": 4, "end": 12}, {"start": 22, "end": 27}]
    told[whole["id"]] = {"id": whole["id"], "label": str(label.pk), "quote": "Turin"}
    told[apart["id"]] = {"id": apart["id"], "label": str(label.pk), "fragments": places}
    placed = kept(annotator, mine, of(*told.values()))
    assert [(one["quote"], one["anchoring"]) for one in placed["annotations"]] == [
        ("Ada", "exact"),
        ("Lovelace Turin", "placed"),
        ("Turin", "placed"),
    ]
    assert len({one["revision_id"] for one in placed["annotations"]}) == 1


def test_what_is_lost_at_the_offsets_of_another_word_is_placed_by_its_quote(
    annotator: Client, mine: str, label: Label, moved: Do
) -> None:
    kept(annotator, mine, of(item := span(label, 22, 27)))
    moved("Nothing here resembles what was there before.")
    [lost] = read(annotator, mine)[0]["annotations"]
    assert (lost["anchoring"], lost["quote"]) == ("lost", "Turin")
    [placed] = kept(annotator, mine, of(item | {"quote": " what"}))["annotations"]
    assert (placed["anchoring"], placed["start"], placed["quote"]) == ("placed", 22, " what")


def test_parts_of_pages_that_are_lost_stay_until_they_are_placed(
    annotator: Client, mine: str, project: Project, moved: Do
) -> None:
    region = LabelFactory.create(project=project, kind=Kind.REGION)
    box = {"page": 0, "left": 1, "top": 2, "right": 3, "bottom": 4}
    Revision.objects.update(layout={"pages": [[0, 47]]})
    kept(annotator, mine, of({"label": str(region.pk), "boxes": [box]}))
    moved("Of another file.", of_a_file=True)
    content, tag = read(annotator, mine)
    assert content["annotations"][0]["anchoring"] == "lost"
    assert kept(annotator, mine, content, tag) == content
    Revision.objects.update(layout={"pages": [[0, 16]]})
    content["annotations"][0]["boxes"][0]["left"] = 2
    [placed] = kept(annotator, mine, content, tag)["annotations"]
    assert placed["anchoring"] == "placed"
    assert placed["revision_id"] != content["annotations"][0]["revision_id"]


def test_what_has_an_archived_label_keeps_it_and_an_old_schema_does_not_stand_in_the_way(
    annotator: Client, mine: str, project: Project, likes: Label
) -> None:
    label = LabelFactory.create(project=project, attribute_schema={"type": "object"})
    one = span(label, attributes={"a": 1})
    two = span(label, 4, 12)
    way = joint(likes, one, two)
    kept(annotator, mine, of(one, two, relations=[way]))
    Label.objects.update(archived_at="2026-01-01T00:00:00Z")
    label.attribute_schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    Label.objects.filter(pk=label.pk).update(attribute_schema=label.attribute_schema)
    content = of(one | {"body": "x"}, two, relations=[way | {"body": "y"}])
    kept(annotator, mine, content)
    assert refused(put(annotator, mine, of(one | {"attributes": {"a": 2}}, two))) == [
        ("/annotations/0/attributes/a", "wrong_type")
    ]
    assert refused(put(annotator, mine, of(one, two, span(label)))) == [
        ("/annotations/2/label", "unknown_label")
    ]
    kept(annotator, mine, of(one | {"attributes": {"a": "b"}}, two))


def test_many_cost_as_many_queries_as_few(
    annotator: Client, mine: str, label: Label, likes: Label, topic: Label
) -> None:
    costs = []
    for many in (3, 300):
        spans = [span(label, body=str(number)) for number in range(many)]
        ways = [joint(likes, one, spans[0]) for one in spans[1:]]
        changed = [one | {"body": "x"} for one in spans[1:]]
        made = of(*spans, relations=ways)
        other = of(*changed, span(label), relations=[joint(likes, changed[1], changed[0])])
        for content in (made, made, other, of(), made):
            for query in ("", "?offset_unit=utf16"):
                with CaptureQueriesContext(connection) as queries:
                    response = put(annotator, mine, content, query=query)
                assert response.status_code == 200, response.content
                costs.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            read(annotator, mine, "?offset_unit=utf16")
        costs.append(len(queries))
        put(annotator, mine, of())
    half = len(costs) // 2
    assert costs[:half] == costs[half:]


def test_nothing_changed_is_nothing_written(annotator: Client, mine: str, label: Label) -> None:
    content = of(*(span(label) for _ in range(20)))
    kept(annotator, mine, content)
    with CaptureQueriesContext(connection) as queries:
        assert put(annotator, mine, content).status_code == 200
    written = [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "COPY"))]
    assert [sql for sql in written if "annotations_" in sql or "users_event" in sql] == []
    assert actions() == ["annotation.created"] * 20
    assert Event.objects.filter(action="annotation.created").count() == 20
