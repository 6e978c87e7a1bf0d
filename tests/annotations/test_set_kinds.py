"""Sets of models and gold sets: who opens them, who writes them, who sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, AnnotationSet, Label, ModelRun
from documents.models import Document, Project
from tests.client import Client
from tests.events import log_of
from tests.factories import (
    AnnotationFactory,
    DocumentFactory,
    LabelFactory,
    service_account_in,
    token_of,
)
from tests.threads import at_once
from users.models import Scope

Do = Callable[..., Any]
RUN = {
    "name": "tagger",
    "model_version": "2.1",
    "parameters": {"beam": 4, "nested": {"a": [1]}},
    "description": "The second one.",
}
UNKNOWN = "01980000-0000-7000-8000-000000000000"


@pytest.fixture
def tagger(project: Project) -> Client:
    """Return a client of a service account with a token of the scope `write`."""
    account = service_account_in(project).user
    client = Client.with_token(token_of(account, scope=Scope.WRITE, project_id=project.pk))
    client.user = account
    return client


@pytest.fixture
def run_of(project: Project) -> Do:
    """Return a function by which a client tells of a run of a model."""

    def send(client: Client, **members: Any) -> Any:
        response = client.post(f"/projects/{project.pk}/model-runs", RUN | members)
        assert response.status_code == 201, response.content
        return response.json()

    return send


@pytest.fixture
def open_as(document: Document) -> Do:
    """Return a function by which a client opens a set of a kind."""

    def send(client: Client, kind: str, **members: Any) -> Any:
        content = {"kind": kind} | members
        return client.post(f"/documents/{document.pk}/annotation-sets", content)

    return send


def test_a_run_is_told_of(
    tagger: Client, viewer: Client, stranger: Client, run_of: Do, project: Project
) -> None:
    made = run_of(tagger)
    assert made == RUN | {
        "id": made["id"],
        "project_id": str(project.pk),
        "created_by": made["created_by"],
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert made["created_by"]["id"] == str(tagger.person.pk)
    assert viewer.get(f"/model-runs/{made['id']}").json() == made
    assert viewer.get(f"/projects/{project.pk}/model-runs").json()["results"] == [made]
    assert log_of(made["id"]) == [("model_run.created", tagger.person.pk)]
    assert str(ModelRun.objects.get()) == "tagger 2.1"
    path = f"/projects/{project.pk}/model-runs"
    assert viewer.post(path, RUN).status_code == 403
    assert stranger.post(path, RUN).status_code == 404
    bad = tagger.post(path, {"name": "", "parameters": [1]})
    assert [error["pointer"] for error in bad.json()["errors"]] == ["/name", "/parameters"]


def test_a_model_writes_in_the_set_of_its_run(
    *,
    tagger: Client,
    annotator: Client,
    run_of: Do,
    open_as: Do,
    said: Do,
    say: Do,
    document: Document,
) -> None:
    run = run_of(tagger)
    opened = open_as(tagger, "model", model_run=run["id"]).json()
    assert (opened["kind"], opened["model_run_id"]) == ("model", run["id"])
    assert open_as(tagger, "model", model_run=run["id"]).json() == opened
    made = said(tagger, annotation_set=opened["id"], confidence=0.9)
    assert made["annotation_set_id"] == opened["id"]
    own = said(tagger)  # without a set named it goes to the account's own one
    assert own["annotation_set_id"] != opened["id"]
    item = {"label": made["label_id"], "start": 0, "end": 3}
    path = f"/documents/{document.pk}/annotations/bulk"
    many = {"annotations": [item], "annotation_set": opened["id"]}
    [kept] = tagger.post(path, many).json()["results"]
    assert kept["annotation"]["annotation_set_id"] == opened["id"]
    assert annotator.post(path, many).json()["errors"][0]["pointer"] == "/annotation_set"
    listed = f"/documents/{document.pk}/annotation-sets?kind=model&model_run={run['id']}"
    assert [one["id"] for one in tagger.get(listed).json()["results"]] == [opened["id"]]
    listed = f"/documents/{document.pk}/annotations?kind=model&model_run={run['id']}"
    assert len(tagger.get(listed).json()["results"]) == 2


def test_a_run_is_whose_it_is(
    tagger: Client, curator: Client, annotator: Client, run_of: Do, open_as: Do, say: Do
) -> None:
    run = run_of(tagger)
    for other in (curator, annotator):
        response = open_as(other, "model", model_run=run["id"])
        assert (response.status_code, response.json()["code"]) == (403, "not_yours")
    opened = open_as(tagger, "model", model_run=run["id"]).json()
    response = say(curator, annotation_set=opened["id"])
    assert (response.status_code, response.json()["code"]) == (403, "not_yours")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"kind": "model"}, "required"),
        ({"kind": "gold", "model_run": UNKNOWN}, "not_a_model_set"),
        ({"model_run": UNKNOWN}, "not_a_model_set"),
        ({"kind": "model", "model_run": UNKNOWN}, "unknown"),
    ],
)
def test_a_model_s_set_has_a_run(
    curator: Client, document: Document, content: Any, code: str
) -> None:
    response = curator.post(f"/documents/{document.pk}/annotation-sets", content)
    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"], error["code"]) == (422, "/model_run", code)
    assert not AnnotationSet.objects.exists()


def test_no_run_of_another_project_is_taken(curator: Client, open_as: Do) -> None:
    elsewhere = DocumentFactory.create().project
    foreign = ModelRun.objects.create(project=elsewhere, name="x", created_by=curator.person)
    assert open_as(curator, "model", model_run=str(foreign.pk)).status_code == 422


def test_nobody_opens_an_import(curator: Client, open_as: Do) -> None:
    assert open_as(curator, "import").json()["errors"][0]["pointer"] == "/kind"


# Gold


def test_curators_share_one_gold_set(
    *,
    curator: Client,
    member: Do,
    annotator: Client,
    manager: Client,
    open_as: Do,
    said: Do,
    step: Do,
) -> None:
    opened, other = open_as(curator, "gold").json(), member("curator")
    assert open_as(other, "gold").json()["id"] == opened["id"]
    first = said(curator, annotation_set=opened["id"])
    second = said(other, annotation_set=opened["id"], start=4, end=12)
    assert (first["author_id"], second["author_id"]) == (
        str(curator.person.pk),
        str(other.person.pk),
    )
    path = f"/annotations/{first['id']}"
    assert other.patch(path, {"body": "b"}, if_match="1").status_code == 200
    assert open_as(annotator, "gold").status_code == 403
    assert annotator.get(f"/annotation-sets/{opened['id']}").status_code == 404
    assert step(other, "submit", opened["id"]).status_code == 200
    assert step(manager, "approve", opened["id"]).status_code == 200
    assert annotator.get(f"/annotation-sets/{opened['id']}").status_code == 200
    refused = annotator.patch(path, {"body": "c"}, if_match="2")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    assert refused.json()["detail"] == "It belongs to the curators."
    assert step(annotator, "submit", opened["id"]).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_text_has_one_gold_set_even_at_once(member: Do, open_as: Do) -> None:
    clients = [member("curator") for _ in range(4)]
    answers = at_once(*(lambda c=c: open_as(c, "gold") for c in clients))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_gold_tells_what_it_was_made_of(
    curator: Client, annotator: Client, open_as: Do, said: Do, say: Do, document: Document
) -> None:
    source, gold = said(annotator), open_as(curator, "gold").json()["id"]
    made = said(curator, annotation_set=gold, derived_from=source["id"])
    assert made["derived_from_id"] == source["id"]
    path = f"/annotations/{made['id']}"
    changed = curator.patch(path, {"body": "b"}, if_match="1").json()
    assert changed["derived_from_id"] == source["id"]
    elsewhere = AnnotationFactory.create(
        annotation_set__document=DocumentFactory.create(project=document.project)
    ).pk
    for members in (
        {"annotation_set": gold, "derived_from": str(elsewhere)},
        {"annotation_set": gold, "derived_from": UNKNOWN},
        {"derived_from": source["id"]},  # one's own set is not gold
    ):
        [error] = say(curator, **members).json()["errors"]
        assert (error["pointer"], error["code"]) == ("/derived_from", "unknown_annotation")
    item = {"label": made["label_id"], "start": 4, "end": 9, "derived_from": source["id"]}
    many = {"annotations": [item, item | {"derived_from": UNKNOWN}], "annotation_set": gold}
    results = curator.post(f"/documents/{document.pk}/annotations/bulk", many).json()["results"]
    assert [one["status"] for one in results] == [201, 422]


def test_no_set_of_another_document_is_written(
    curator: Client, open_as: Do, say: Do, project: Project
) -> None:
    elsewhere = AnnotationFactory.create(
        annotation_set__document=DocumentFactory.create(project=project),
        annotation_set__author=curator.person,
    ).annotation_set_id
    for unknown in (UNKNOWN, str(elsewhere)):
        [error] = say(curator, annotation_set=unknown).json()["errors"]
        assert (error["pointer"], error["code"]) == ("/annotation_set", "unknown_set")


@pytest.mark.parametrize("is_blind", [True, False])
def test_annotators_of_a_blind_project_see_models_and_gold_once_they_are_approved(
    *,
    annotator: Client,
    viewer: Client,
    curator: Client,
    manager: Client,
    tagger: Client,
    project: Project,
    run_of: Do,
    open_as: Do,
    said: Do,
    step: Do,
    is_blind: bool,
) -> None:
    Project.objects.filter(pk=project.pk).update(is_blind=is_blind)
    gold = open_as(curator, "gold").json()["id"]
    model = open_as(tagger, "model", model_run=run_of(tagger)["id"]).json()["id"]
    for client, one in ((curator, gold), (tagger, model)):
        made = said(client, annotation_set=one)
        for reader in (annotator, viewer):
            expected = 404 if is_blind and reader is annotator else 200
            assert reader.get(f"/annotation-sets/{one}").status_code == expected
            assert reader.get(f"/annotations/{made['id']}").status_code == expected
        assert step(client, "submit", one).status_code == 200
        assert step(manager, "approve", one).status_code == 200
        assert annotator.get(f"/annotations/{made['id']}").status_code == 200


def test_that_there_is_nothing_is_a_decision_of_its_own(
    annotator: Client, viewer: Client, curator: Client, opened: Do, step: Do, document: Document
) -> None:
    empty = opened(annotator)["id"]
    submitted = step(annotator, "submit", empty).json()
    assert (submitted["state"], submitted["submitted_at"] is not None) == ("submitted", True)
    assert step(curator, "approve", empty).json()["state"] == "approved"
    listed = f"/documents/{document.pk}/annotation-sets?state=approved&kind=annotator"
    assert [one["id"] for one in viewer.get(listed).json()["results"]] == [empty]
    found = f"/projects/{document.project_id}/documents?annotation_state=approved"
    assert [one["id"] for one in viewer.get(found).json()["results"]] == [str(document.pk)]
    assert [action for action, _ in log_of(empty)] == [
        "set.opened",
        "set.submitted",
        "set.approved",
    ]
    assert not Annotation.objects.exists()


def test_an_archived_label_is_given_in_no_set(
    curator: Client, manager: Client, open_as: Do, say: Do, project: Project
) -> None:
    label: Label = LabelFactory.create(project=project)
    manager.delete(f"/labels/{label.pk}", if_match="1")
    gold = open_as(curator, "gold").json()["id"]
    response = say(curator, annotation_set=gold, label=label.pk)
    assert response.json()["errors"][0]["code"] == "unknown_label"
