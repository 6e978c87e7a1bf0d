"""Where in texts stands what is searched for, to the code point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from documents.models import Project
from documents.services.search import showing
from tests.client import Client

pytestmark = pytest.mark.django_db
Shown = Callable[..., list[Any]]


@pytest.fixture
def shown(made: Callable[..., Any], project: Project, viewer: Client) -> Shown:
    """Return a function that makes a document, searches, and returns its snippets."""

    def ask(text: str, language: str = "en", **query: str) -> list[Any]:
        made(text=text, language=language, title="Comets")
        asked = urlencode({"highlight": "true", **query})
        response = viewer.get(f"/projects/{project.pk}/documents?{asked}")
        assert response.status_code == 200, response.content
        [document] = response.json()["results"]
        return list(document["snippets"])

    return ask


def matched(text: str, snippets: list[Any]) -> list[str]:
    """Return what stands at the places of all matches; each lies in its snippet."""
    for snippet in snippets:
        assert text[snippet["start"] : snippet["end"]] == snippet["text"]
        for start, end in snippet["matches"]:
            assert snippet["start"] <= start < end <= snippet["end"]
    return [text[start:end] for snippet in snippets for start, end in snippet["matches"]]


@pytest.mark.parametrize(
    ("language", "text", "asked", "found"),
    [
        ("en", "Cats ran. A cat runs; concat.", "cat run", ["Cats", "cat", "runs"]),
        ("en", "Dying is not dyed.", "die", ["Dying"]),
        ("en", "See www.example.com or a-b.", "www.example.com", ["www.example.com"]),
        ("en", "👩‍🔬 A naïve NAIVE nai\u0308ve man", "naive", ["naïve", "NAIVE", "nai\u0308ve"]),
        ("de", "Die Häuser und das Haus", "Haus", ["Häuser", "Haus"]),
        ("de", "Straße, STRASSE", "strasse", ["Straße", "STRASSE"]),
        ("id", "Ia membaca buku.", "baca", ["membaca"]),
        ("", "Plain cats, plain cat", "cats", ["cats"]),
        ("ja", "東京都と東京、京都", "東京", ["東京", "東京"]),
        ("zh", "用Python写代码", "python 代码", ["Python", "代码"]),
        ("hi", "हिन्दी में लिखी किताबें", "किताब", ["किताबें"]),
    ],
)
def test_matches_are_the_words_themselves(
    shown: Shown, language: str, text: str, asked: str, found: list[str]
) -> None:
    assert matched(text, shown(text, language, search=asked)) == found


def test_offsets_count_what_is_asked_for(shown: Shown) -> None:
    text = "👩‍🔬👩‍🔬 Zoë saw a comet."
    [snippet] = shown(text, search="comet", offset_unit="utf16")
    [[start, end]] = snippet["matches"]
    units = text.encode("utf-16-le")
    assert units[2 * start : 2 * end].decode("utf-16-le") == "comet"
    assert units[2 * snippet["start"] : 2 * snippet["end"]].decode("utf-16-le") == snippet["text"]


def test_substrings_are_shown_too(shown: Shown) -> None:
    text = "Ada LOVELACE wrote -> 1843"
    assert matched(text, shown(text, substring="ovela")) == ["OVELA"]


def test_signs_are_shown_too(shown: Shown) -> None:
    text = "Ada LOVELACE wrote -> 1843"
    assert matched(text, shown(text, substring="->")) == ["->"]


def test_long_texts_give_up_to_three_parts(shown: Shown) -> None:
    far = "Nothing here. " * 100
    text = f"{far}A comet and a star. {far}One comet. {far}A star. {far}Another comet. {far}"
    snippets = shown(text, search="comet star or comet")
    assert len(snippets) == 3
    assert matched(text, snippets)[:2] == ["comet", "star"]
    assert all(len(snippet["text"]) <= 200 for snippet in snippets)


def test_what_is_found_in_the_title_alone_has_no_snippets(shown: Shown) -> None:
    assert shown("Something else.", search="comet") == []


def test_nothing_is_shown_unless_asked_for(
    made: Callable[..., Any], project: Project, viewer: Client
) -> None:
    made()
    path = f"/projects/{project.pk}/documents"
    [document] = viewer.get(f"{path}?search=ada").json()["results"]
    assert "snippets" not in document
    [document] = viewer.get(f"{path}?highlight=true").json()["results"]
    assert document["snippets"] == []
    assert viewer.get(f"{path}?search=nobody&highlight=true").json()["results"] == []
    assert viewer.get(f"{path}?highlight=yes").status_code == 400


def test_texts_are_looked_at_as_far_as_a_page_bears(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "TOGETHER", 100)
    monkeypatch.setattr(showing, "EACH", 50)
    text = "A comet. " + "Nothing. " * 20 + "A star."
    assert matched(text, shown(text, search="comet star")) == ["comet"]


def test_a_document_without_a_text_has_no_snippets(
    upload: Callable[..., Any], project: Project, viewer: Client
) -> None:
    upload(name="comet.txt", title="Comet")
    path = f"/projects/{project.pk}/documents?search=comet&highlight=true"
    [document] = viewer.get(path).json()["results"]
    assert (document["status"], document["snippets"]) == ("pending", [])


@pytest.mark.parametrize("kept", [0, 1, 1000])
def test_words_are_the_same_when_they_are_remembered(
    made: Callable[..., Any],
    project: Project,
    viewer: Client,
    monkeypatch: pytest.MonkeyPatch,
    kept: int,
) -> None:
    monkeypatch.setattr(showing, "_REMEMBERED", {})
    monkeypatch.setattr(showing, "KEPT_WORDS", kept)
    text = f"Cats ran. A cat runs; concat. runner{'r' * 60}"
    made(text=text, language="en")
    path = f"/projects/{project.pk}/documents?search=cat+run&highlight=true"
    for _ in range(2):
        [document] = viewer.get(path).json()["results"]
        assert matched(text, document["snippets"]) == ["Cats", "cat", "runs"]
    assert all(len(word) <= showing.LONG for _, word in showing._REMEMBERED)


def test_of_remembered_words_there_are_not_more_than_so_many(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "_REMEMBERED", {("english", "old"): frozenset({"old"})})
    monkeypatch.setattr(showing, "KEPT_WORDS", 1)
    shown("A comet.", search="comet")
    assert {("english", "comet"): frozenset({"comet"})} == showing._REMEMBERED
