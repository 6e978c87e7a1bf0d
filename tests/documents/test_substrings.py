"""Finding documents by a part of a word, with and without an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command

from documents.models import Project
from documents.services.search import indexing, substrings
from tests.client import Client


@pytest.fixture
def ask(project: Project, viewer: Client) -> Callable[..., Any]:
    """Return a function that asks for documents."""
    return lambda **query: viewer.get(f"/projects/{project.pk}/documents?{urlencode(query)}")


@pytest.fixture
def find(ask: Callable[..., Any]) -> Callable[..., list[str]]:
    """Return a function that finds documents and returns their titles."""
    return lambda **query: [document["title"] for document in ask(**query).json()["results"]]


@pytest.fixture
def indexed(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the indexes inside of the test's transaction."""
    monkeypatch.setattr(indexing, "CONCURRENTLY", "")
    call_command("index_substrings", stdout=StringIO())


def hold_what_is_found(made: Callable[..., Any], find: Callable[..., list[str]]) -> None:
    made(title="1", text="Die Krankenversicherung zahlt 100%.")
    made(title="Versicherungen", text="So the sign is -> here.")
    made(title="3", text="東京都に住む 😀", language="ja")
    assert find(substring="versicherung") == ["1", "Versicherungen"]
    assert find(substring="VERSICHERUNG z") == ["1"]
    assert find(substring="00%.") == ["1"]
    assert find(substring="0_%") == []
    assert find(substring="京都に") == ["3"]
    assert find(substring="都") == ["3"]
    assert find(substring="大阪") == []
    assert find(substring="->") == ["Versicherungen"]
    assert find(substring="😀") == ["3"]


@pytest.mark.django_db
def test_parts_of_words_are_found(made: Callable[..., Any], find: Callable[..., list[str]]) -> None:
    hold_what_is_found(made, find)


@pytest.mark.django_db
def test_parts_of_words_are_found_by_an_index(
    indexed: None, made: Callable[..., Any], find: Callable[..., list[str]]
) -> None:
    assert indexing.substrings_are_indexed()
    hold_what_is_found(made, find)


@pytest.mark.django_db
def test_without_an_index_only_so_much_is_read(
    made: Callable[..., Any],
    ask: Callable[..., Any],
    find: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(3):
        made(title=str(number), text="Lovelace", tags=[str(number)])
    monkeypatch.setattr(substrings, "MOST_DOCUMENTS", 2)
    response = ask(substring="ovela")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")
    assert "index_substrings" in response.json()["detail"]
    assert find(substring="ovela", tag="1") == ["1"]
    monkeypatch.setattr(substrings, "MOST_CHARACTERS", 7)
    assert ask(substring="ovela", tag="1").status_code == 400


@pytest.mark.django_db
def test_an_index_lifts_the_bounds(
    indexed: None,
    made: Callable[..., Any],
    ask: Callable[..., Any],
    find: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(substrings, "MOST_DOCUMENTS", 0)
    made(title="1", text="Lovelace")
    assert find(substring="ovela") == ["1"]
    assert ask(substring="->").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a", "ab", "1"])
def test_too_short_a_part_is_refused(ask: Callable[..., Any], text: str) -> None:
    response = ask(substring=text)
    assert response.status_code == 400
    assert "at least 3" in response.json()["detail"]


@pytest.fixture
def without_indexes(transactional_db: None) -> Iterator[None]:
    yield
    call_command("index_substrings", "--drop", stdout=StringIO())


def test_the_indexes_are_made_while_people_work_and_dropped(without_indexes: None) -> None:
    told = StringIO()
    call_command("index_substrings", stdout=told)
    call_command("index_substrings", stdout=told)
    assert indexing.substrings_are_indexed()
    call_command("index_substrings", "--drop", stdout=told)
    assert not indexing.substrings_are_indexed()
    said = ["Substrings are indexed."] * 2 + ["Substrings are indexed no more."]
    assert told.getvalue().splitlines() == said
