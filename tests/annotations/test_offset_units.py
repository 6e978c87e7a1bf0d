"""Offsets go in and come out as the client counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, Label
from documents.models import Document
from tests.client import Client

Do = Callable[..., Any]
# "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë.": the emoji, and Zoë.
EMOJI = {"code_points": (29, 32), "utf16": (29, 34), "utf8": (29, 40)}
ZOE = {"code_points": (43, 46), "utf16": (45, 48), "utf8": (51, 55)}
UNITS = list(EMOJI)


def offsets(made: Any) -> tuple[Any, Any]:
    return made["start"], made["end"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("spans", "quote"), [(EMOJI, "👩‍🔬"), (ZOE, "Zoë")])
def test_a_span_goes_in_and_comes_out_in_any_unit(
    annotator: Client, document: Document, said: Do, unit: str, spans: Any, quote: str
) -> None:
    start, end = spans[unit]
    made = said(annotator, f"?offset_unit={unit}", start=start, end=end, quote=quote)
    assert (offsets(made), made["quote"]) == ((start, end), quote)
    kept = Annotation.objects.get()
    assert (kept.start, kept.end) == spans["code_points"]
    for other in UNITS:
        one = annotator.get(f"/annotations/{made['id']}?offset_unit={other}")
        assert offsets(one.json()) == spans[other]
        listed = annotator.get(f"/documents/{document.pk}/annotations?offset_unit={other}")
        assert [offsets(row) for row in listed.json()["results"]] == [spans[other]]


def test_each_representation_has_an_etag_of_its_own(annotator: Client, said: Do) -> None:
    path = f"/annotations/{said(annotator)['id']}"
    tags = [annotator.get(f"{path}?offset_unit={unit}")["ETag"] for unit in UNITS]
    assert tags == ['"1"', '"1.utf16"', '"1.utf8"']
    response = annotator.patch(f"{path}?offset_unit=utf16", {"body": "b"}, if_match="1.utf16")
    assert (response.status_code, response["ETag"]) == (200, '"2.utf16"')


@pytest.mark.parametrize(
    ("unit", "start", "end", "pointer"),
    [
        ("utf16", 30, 34, "/start"),
        ("utf16", 29, 30, "/end"),
        ("utf8", 31, 40, "/start"),
        ("utf8", 29, 39, "/end"),
    ],
)
def test_an_offset_inside_a_character_is_refused(
    annotator: Client, say: Do, unit: str, start: int, end: int, pointer: str
) -> None:
    response = say(annotator, f"?offset_unit={unit}", start=start, end=end)
    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"]) == (422, pointer)
    assert error["code"] == "offset_inside_character"


def test_a_move_and_its_answer_count_alike(annotator: Client, said: Do) -> None:
    path = f"/annotations/{said(annotator)['id']}"
    move = {"start": 45, "end": 48, "quote": "Zoë"}
    response = annotator.patch(f"{path}?offset_unit=utf16", move, if_match="1")
    assert (response.status_code, offsets(response.json())) == (200, (45, 48))
    assert offsets(annotator.get(path).json()) == (43, 46)


def test_a_change_that_is_no_move_keeps_the_span(annotator: Client, said: Do) -> None:
    path = f"/annotations/{said(annotator, start=43, end=46)['id']}"
    change = {"quote": "Zoë", "body": "b"}
    response = annotator.patch(f"{path}?offset_unit=utf16", change, if_match="1")
    assert (response.status_code, offsets(response.json())) == (200, (45, 48))
    assert offsets(annotator.get(path).json()) == (43, 46)


def test_a_stale_change_is_told_in_the_unit_that_was_asked_for(annotator: Client, said: Do) -> None:
    path = f"/annotations/{said(annotator, start=43, end=46)['id']}?offset_unit=utf8"
    response = annotator.patch(path, {"body": "b"}, if_match="9")
    assert response.status_code == 412
    assert offsets(response.json()["current"]) == ZOE["utf8"]


def test_what_is_restored_is_told_in_the_unit_that_was_asked_for(
    annotator: Client, said: Do
) -> None:
    path = f"/annotations/{said(annotator, start=43, end=46)['id']}"
    annotator.delete(f"{path}?offset_unit=utf16", if_match="1")
    response = annotator.post(f"{path}/restore?offset_unit=utf16")
    assert (response.status_code, offsets(response.json())) == (200, ZOE["utf16"])


def test_what_is_said_of_the_document_has_no_offsets(
    annotator: Client, said: Do, topic: Label
) -> None:
    made = said(annotator, "?offset_unit=utf16", label=topic.pk, start=..., end=...)
    assert offsets(made) == (None, None)


def test_trimmed_rows_are_converted_too(annotator: Client, document: Document, said: Do) -> None:
    said(annotator, start=43, end=46)
    path = f"/documents/{document.pk}/annotations?offset_unit=utf8&fields="
    assert annotator.get(f"{path}end").json()["results"] == [{"end": 55}]
    assert annotator.get(f"{path}quote").json()["results"] == [{"quote": "Zoë"}]


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_unit_is_refused(annotator: Client, document: Document, method: str) -> None:
    path = f"/documents/{document.pk}/annotations?offset_unit=bytes"
    response = annotator.send(method.upper(), path, None if method == "get" else {})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")  # type: ignore[attr-defined]
