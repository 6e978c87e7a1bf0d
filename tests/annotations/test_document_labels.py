"""Labels on whole documents: once in a set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, Label
from tests.client import Client
from tests.factories import LabelFactory
from tests.threads import at_once

Do = Callable[..., Any]
WHOLE: dict[str, Any] = {"start": ..., "end": ...}


def test_a_document_is_labelled(annotator: Client, said: Do, topic: Label) -> None:
    made = said(annotator, label=topic.pk, body="all of it", **WHOLE)
    assert (made["start"], made["end"]) == (None, None)
    assert (made["quote"], made["prefix"], made["suffix"]) == ("", "", "")
    assert made["body"] == "all of it"


@pytest.mark.parametrize("given", [{"start": 0}, {"end": 3}, {"quote": "Ada"}])
def test_it_speaks_of_no_span(
    annotator: Client, say: Do, topic: Label, given: dict[str, Any]
) -> None:
    response = say(annotator, label=topic.pk, **WHOLE | given)
    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"]) == (422, f"/{next(iter(given))}")
    assert error["code"] == "not_a_span_label"


def test_a_set_says_it_once(annotator: Client, curator: Client, say: Do, topic: Label) -> None:
    assert say(annotator, label=topic.pk, **WHOLE).status_code == 201
    again = say(annotator, label=topic.pk, **WHOLE)
    assert (again.status_code, again.json()["code"]) == (409, "label_already_given")
    assert again.json()["detail"] == "The document has 'science' in this set."
    assert say(curator, label=topic.pk, **WHOLE).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_ones_one_is_kept(annotator: Client, say: Do, topic: Label) -> None:
    clients = [Client.of(annotator.person) for _ in range(5)]
    answers = at_once(*(lambda c=c: say(c, label=topic.pk, **WHOLE) for c in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert Annotation.objects.count() == 1


def test_it_is_said_anew_after_it_was_deleted(
    annotator: Client, said: Do, say: Do, topic: Label
) -> None:
    first = said(annotator, label=topic.pk, **WHOLE)
    annotator.delete(f"/annotations/{first['id']}", if_match="1")
    said(annotator, label=topic.pk, **WHOLE)
    response = annotator.post(f"/annotations/{first['id']}/restore")
    assert (response.status_code, response.json()["code"]) == (409, "label_already_given")


def test_it_is_changed_to_a_label_that_is_not_given_yet(
    project: Any, annotator: Client, said: Do, topic: Label
) -> None:
    other = LabelFactory.create(project=project, kind="document")
    first, second = (said(annotator, label=one.pk, **WHOLE) for one in (topic, other))
    path = f"/annotations/{second['id']}"
    refused = annotator.patch(path, {"label": topic.pk}, if_match="1")
    assert (refused.status_code, refused.json()["code"]) == (409, "label_already_given")
    annotator.delete(f"/annotations/{first['id']}", if_match="1")
    assert annotator.patch(path, {"label": topic.pk}, if_match="1").status_code == 200


def test_a_span_does_not_become_a_document_s(annotator: Client, said: Do, topic: Label) -> None:
    path = f"/annotations/{said(annotator)['id']}"
    response = annotator.patch(path, {"label": topic.pk}, if_match="1")
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"]) == (422, "not_a_span_label")


def test_a_document_s_becomes_a_span_by_both_offsets(
    annotator: Client, said: Do, topic: Label, label: Label
) -> None:
    path = f"/annotations/{said(annotator, label=topic.pk, **WHOLE)['id']}"
    refused = annotator.patch(path, {"label": label.pk}, if_match="1")
    assert refused.json()["errors"][0]["pointer"] == "/start"
    change = {"label": label.pk, "start": 0, "end": 3, "quote": "Ada"}
    response = annotator.patch(path, change, if_match="1")
    assert (response.status_code, response.json()["quote"]) == (200, "Ada")
