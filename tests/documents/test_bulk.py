"""Many documents in one request: what is valid is kept, what is not is told by item."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from documents.models import Document, Project
from tests.client import Client
from tests.events import log_of
from tests.threads import at_once

Do = Callable[..., Any]


@pytest.fixture
def bulk(project: Project) -> Do:
    def send(client: Client, *documents: Any, on_known: str | None = None, **headers: str) -> Any:
        body = {"documents": documents} | ({"on_known": on_known} if on_known else {})
        return client.post(f"/projects/{project.pk}/documents/bulk", body, **headers)

    return send


def told(response: Any) -> list[tuple[int, int, str, str | None]]:
    assert response.status_code == 200, response.content
    return [
        (one["index"], one["status"], one["ended"], one.get("problem", {}).get("code"))
        for one in response.json()["results"]
    ]


def test_the_good_are_kept_and_the_bad_are_told(manager: Client, bulk: Do) -> None:
    response = bulk(
        manager,
        {"text": "Ada.", "external_id": "n-1", "tags": ["a"]},
        {"text": "Eve.", "tags": "a", "split": "x"},
        {"text": "Eve.", "external_id": "n-1"},
        {"title": "No text"},
        {"text": "Zoë.", "unknown": 1},
        "Zoë.",
        {"text": "# Zoë", "media_type": "text/markdown"},
    )
    assert told(response) == [
        (0, 201, "created", None),
        (1, 422, "refused", "invalid_document"),
        (2, 409, "refused", "external_id_taken"),
        (3, 422, "refused", "invalid_document"),
        (4, 422, "refused", "invalid_document"),
        (5, 422, "refused", "invalid_document"),
        (6, 201, "created", None),
    ]
    answer = response.json()
    assert (answer["created"], answer["failed"]) == (2, 5)
    first, second, third, fourth, fifth, sixth, _ = answer["results"]
    document = manager.get(f"/documents/{first['id']}").json()
    assert (document["external_id"], document["tags"], document["status"]) == (
        "n-1",
        ["a"],
        "ready",
    )
    assert first["version"] == document["version"]
    assert log_of(first["id"]) == [("document.created", manager.person.pk)]
    pointers = {error["pointer"] for error in second["problem"]["errors"]}
    assert pointers == {"/documents/1/tags", "/documents/1/split"}
    assert second["problem"]["detail"].startswith("/documents/1/")
    assert third["problem"]["document_id"] == first["id"]
    assert fourth["problem"]["errors"][0]["pointer"] == "/documents/3/text"
    assert fifth["problem"]["errors"][0]["pointer"] == "/documents/4/unknown"
    assert sixth["problem"]["errors"][0]["pointer"] == "/documents/5"
    assert Document.objects.count() == 2


def test_what_cannot_be_stored_is_replaced_in_texts_and_told_of_its_item_elsewhere(
    project: Project, manager: Client
) -> None:
    items = (
        {"text": "Ada."},
        {"text": "A\0d\ud83da."},
        {"text": "Eve.", "title": "E\0ve"},
        {"text": "Eve.", "tags": ["a", "\ude00"]},
        {"text": "Eve.", "metadata": {"a": [{"b\0": 1}]}},
        {"text": "Eve.", "E\0ve": 1},
        {"text": ["\0"]},
        "\0",
    )
    body = json.dumps({"documents": items}).encode()  # the surrogates as escapes
    path = f"/projects/{project.pk}/documents/bulk"
    response: Any = manager.send("POST", path, body, Content_Type="application/json")
    assert [one[1] for one in told(response)] == [201, 201, 422, 422, 422, 422, 422, 422]
    results = response.json()["results"]
    pointers = [one["problem"]["errors"][0]["pointer"] for one in results[2:]]
    members = ("2/title", "3/tags", "4/metadata", "5", "6/text", "7")
    assert pointers == [f"/documents/{member}" for member in members]
    assert results[3]["problem"]["errors"][0]["detail"] == "U+DE00 cannot be stored in text."
    assert manager.get(f"/documents/{results[1]['id']}/text").json()["text"] == "A�d�a."
    assert manager.get(f"/documents/{results[1]['id']}").json()["revision"]["notes"] == [
        "1 NUL characters replaced by U+FFFD",
        "1 lone surrogates replaced by U+FFFD",
    ]


@pytest.mark.parametrize("body", [{"on_known": "\0"}, {"o\0": 1}])
def test_what_cannot_be_stored_beside_the_items_is_refused(
    project: Project, manager: Client, body: dict[str, Any]
) -> None:
    body |= {"documents": [{"text": "Ada."}]}
    response = manager.post(f"/projects/{project.pk}/documents/bulk", body)
    assert (response.status_code, response.json()["code"]) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("on_known", "status", "ended"),
    [
        (None, 409, "refused"),
        ("error", 409, "refused"),
        ("skip", 200, "skipped"),
        ("update", 200, "updated"),
        ("new_revision", 200, "revised"),
    ],
)
def test_the_policy_for_known_ones_is_the_caller_s(
    manager: Client, bulk: Do, made: Do, on_known: str | None, status: int, ended: str
) -> None:
    document = made(external_id="n-1")
    item = {"text": "Eve.", "external_id": "n-1", "title": "New"}
    response = bulk(manager, item, on_known=on_known)
    code = "external_id_taken" if status == 409 else None
    assert told(response) == [(0, status, ended, code)]
    result = response.json()["results"][0]
    if code is None:
        now = manager.get(f"/documents/{document['id']}").json()
        assert (result["id"], result["version"]) == (now["id"], now["version"])
        assert now["revision"]["number"] == (2 if on_known == "new_revision" else 1)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/documents"),
        ({"documents": []}, "/documents"),
        ({"documents": {"text": "a"}}, "/documents"),
        ({"documents": [{"text": "a"}] * 1001}, "/documents"),
        ({"documents": [{"text": "a"}], "on_known": "replace"}, "/on_known"),
        ({"documents": [{"text": "a"}], "policy": "skip"}, "/policy"),
    ],
)
def test_a_request_that_is_not_one_is_refused(
    project: Project, manager: Client, body: dict[str, Any], pointer: str
) -> None:
    response = manager.post(f"/projects/{project.pk}/documents/bulk", body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert not Document.objects.exists()


def test_a_thousand_take_as_many_statements_as_thirty(manager: Client, bulk: Do) -> None:
    counted = []
    bulk(manager, {"text": "The first one makes the project's row of usage."})
    for many in (30, 1000):
        with CaptureQueriesContext(connection) as asked:
            response = bulk(manager, *[{"text": f"{many} {n}"} for n in range(many)])
        assert response.json()["created"] == many
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_a_bulk_body_may_be_larger(
    project: Project, manager: Client, bulk: Do, settings: Settings
) -> None:
    content = {"text": "a" * (settings.JSON_MAX_BYTES + 1)}
    assert manager.post(f"/projects/{project.pk}/documents", content).status_code == 413
    assert bulk(manager, content).json()["created"] == 1
    content = {"text": "a" * (settings.JSON_MAX_BYTES_BULK + 1)}
    assert bulk(manager, content).status_code == 413


def test_a_retry_under_a_key_is_harmless(manager: Client, bulk: Do) -> None:
    first, second = (bulk(manager, {"text": "Ada."}, Idempotency_Key="k-1") for _ in range(2))
    assert first.json() == second.json()
    assert Document.objects.count() == 1


def test_a_quota_refuses_the_request(project: Project, manager: Client, bulk: Do) -> None:
    Project.objects.filter(pk=project.pk).update(max_documents=1)
    response = bulk(manager, {"text": "Ada."}, {"text": "Eve."})
    assert (response.status_code, response.json()["code"]) == (413, "quota_exceeded")
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_simultaneous_requests_lose_nothing(manager: Client, bulk: Do) -> None:
    clients = [Client.of(manager.person) for _ in range(3)]
    items = [{"text": f"{n}", "external_id": f"n-{n}"} for n in range(20)]
    orders = [items, items[::-1], items[10:] + items[:10]]
    answers = at_once(*(lambda c=c, o=o: bulk(c, *o) for c, o in zip(clients, orders, strict=True)))
    statuses = [one["status"] for answer in answers for one in answer.json()["results"]]
    assert sorted(statuses) == [201] * 20 + [409] * 40
    assert Document.objects.count() == 20
