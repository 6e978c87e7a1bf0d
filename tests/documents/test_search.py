"""Finding documents by words: over HTTP, in several languages and scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection

from config.api.pagination import Cursor
from documents.models import Project
from documents.services.search import matches, reading
from tests.client import Client

pytestmark = pytest.mark.django_db
Find = Callable[..., list[str]]


@pytest.fixture
def find(project: Project, viewer: Client) -> Find:
    """Return a function that finds documents and returns their titles in order."""

    def ask(**query: Any) -> list[str]:
        path = f"/projects/{project.pk}/documents?{urlencode(query, doseq=True)}"
        response = viewer.get(path)
        assert response.status_code == 200, response.content
        return [document["title"] for document in response.json()["results"]]

    return ask


@pytest.fixture
def refused(project: Project, viewer: Client) -> Callable[..., str]:
    """Return a function that asks for what cannot be found, and returns the problem's detail."""

    def ask(**query: Any) -> str:
        response = viewer.get(f"/projects/{project.pk}/documents?{urlencode(query)}")
        assert response.status_code == 400, response.content
        body = response.json()
        assert body["code"] == "invalid_query"
        return str(body["detail"])

    return ask


def test_words_are_found_in_title_and_text(made: Callable[..., Any], find: Find) -> None:
    made(title="Letters", text="Ada lives in Turin.")
    made(title="Turin", text="A city on the Po.")
    made(title="Milan", text="Another city.")
    assert set(find(search="turin")) == {"Letters", "Turin"}
    assert find(search="ada turin") == ["Letters"]
    assert find(search="ada milan") == []


def test_what_is_in_the_title_comes_first(made: Callable[..., Any], find: Find) -> None:
    made(title="One", text="A comet and another comet, comets everywhere.", language="en")
    made(title="The comet", text="Something in the sky.", language="en")
    assert find(search="comet") == ["The comet", "One"]
    assert find(search="comet", ordering="-relevance") == ["One", "The comet"]
    assert find(search="comet", ordering="created_at") == ["One", "The comet"]


@pytest.mark.parametrize("language", ["", "en", "fr", "ja", "tlh"])
def test_accents_do_not_matter(made: Callable[..., Any], find: Find, language: str) -> None:
    texts = ["A naïve idea.", "a naive idea", "NAÏVE", "nai\u0308ve ideas"]
    for text in texts:
        made(title=text, text=text, language=language)
    for asked in ("naïve", "naive", "Naïve", "nai\u0308ve"):
        assert set(find(search=asked)) == set(texts), asked


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("en", "Two cats were running.", "cat run"),
        ("en-GB", "Two cats were running.", "cat run"),
        ("de", "In den Häusern brannte Licht.", "Haus"),
        ("de", "In den Häusern brannte Licht.", "haus"),
        ("fr", "Les élèves mangeaient.", "élève manger"),
        ("es", "Las canciones tristes", "canción triste"),
        ("ru", "Он читал книги", "книга читать"),
        ("ja", "東京都に住んでいます。", "東京"),
        ("ja", "東京都に住んでいます。", "東京都 住"),
        ("zh", "我们在北京大学学习。", "北京大学"),
        ("th", "ฉันรักประเทศไทย", "ประเทศ"),
        ("ko", "학교에서 공부합니다", "학교"),
        ("zh", "用Python写代码", "python 代码"),
    ],
)
def test_inflections_and_scripts_without_blanks_are_found(
    made: Callable[..., Any], find: Find, language: str, text: str, asked: str
) -> None:
    made(title="It", text=text, language=language)
    made(title="Other", text="Something else.", language="en")
    assert find(search=asked) == ["It"]


def test_websearch_syntax(made: Callable[..., Any], find: Find) -> None:
    made(title="1", text="The cat sat on the mat.", language="en")
    made(title="2", text="The dog sat on the cats.", language="en")
    made(title="3", text="A fish swam.", language="en")
    assert set(find(search="cat")) == {"1", "2"}
    assert find(search='"cat sat"') == ["1"]
    assert find(search="cat -dog") == ["1"]
    assert find(search="cat -dogs") == ["1"]
    assert set(find(search="mat or fish")) == {"1", "3"}
    assert set(find(search="mat OR fish")) == {"1", "3"}
    assert set(find(search="-cat")) == {"3"}
    assert find(search="sat -cat or swam") == ["3"]
    assert set(find(search="-cat or dog")) == {"2", "3"}
    assert find(search='cat -"dog sat"') == ["1"]


def test_negation_and_alternatives_in_scripts_without_blanks(
    made: Callable[..., Any], find: Find
) -> None:
    made(title="1", text="東京都に住む", language="ja")
    made(title="2", text="東京と京都に住む", language="ja")
    made(title="3", text="大阪のtower", language="ja")
    assert find(search="東京都") == ["1"]
    assert find(search="東京 -東京都") == ["2"]
    assert set(find(search="東京都 or 大阪")) == {"1", "3"}
    assert find(search="阪") == ["3"]
    assert set(find(search="-東京都")) == {"2", "3"}
    assert find(search="のtower") == ["3"]
    assert find(search='"大阪の"') == ["3"]


def test_what_parts_words(made: Callable[..., Any], find: Find) -> None:
    made(title="1", text="either/or List<String> snake_case_name ada@example.org ~tilde~")
    for asked in (
        "either",
        "String",
        "snake",
        "case_name",
        "ada",
        "tilde",
        "either/or",
        "<String>",
    ):
        assert find(search=asked, ordering="created_at") == ["1"], asked


@pytest.mark.parametrize(
    "asked", ["...", "- -", '""', "  ", "😀", "or", "&|!()<->:*", "\\", "'", "-"]
)
def test_a_search_without_words_is_refused(refused: Callable[..., str], asked: str) -> None:
    assert "Expected a word or a number" in refused(search=asked)


def test_a_search_that_is_too_long_is_refused(refused: Callable[..., str]) -> None:
    assert "at most 500" in refused(search="a" * 501)
    assert "at most 500" in refused(substring="a" * 501)


@pytest.mark.parametrize("asked", ["a'b", "a\\b", "a & b | c", "a:*", "a <-> b", "%s", "{names}"])
def test_no_sign_breaks_a_search(made: Callable[..., Any], find: Find, asked: str) -> None:
    made()
    assert find(search=asked) == []


def test_a_language_may_be_told(
    made: Callable[..., Any], find: Find, refused: Callable[..., str]
) -> None:
    made(title="en", text="Two cats were running.", language="en")
    made(title="de", text="In den Häusern brannte Licht.", language="de")
    assert find(search="runs", lang="en") == ["en"]
    assert find(search="running", lang="fr") == []
    assert find(search="Haus", lang="de-AT") == ["de"]
    assert find(search="Hausern", lang="zh") == ["de"]
    assert "Says how to read" in refused(lang="en")
    assert "BCP 47" in refused(search="a", lang="en_US!")


def test_relevance_needs_words(made: Callable[..., Any], refused: Callable[..., str]) -> None:
    made()
    assert "relevance" in refused(ordering="relevance")
    assert "relevance" in refused(ordering="relevance", substring="Turin")
    assert "relevance" in refused(ordering="relevance", search="-Turin")


def test_a_document_is_found_by_what_it_is_now(
    made: Callable[..., Any], find: Find, manager: Client
) -> None:
    document = made(title="Old", text="Lorem.", language="en")
    path = f"/documents/{document['id']}"
    assert manager.patch(path, {"title": "Comets"}, if_match="1").status_code == 200
    assert find(search="old") == []
    assert find(search="comet") == ["Comets"]
    assert manager.patch(path, {"language": "ja"}, if_match="2").status_code == 200
    assert find(search="comet") == []
    assert find(search="comets") == ["Comets"]
    assert manager.delete(path, if_match="3").status_code == 204
    assert find(search="comets") == []
    assert find(search="comets", deleted="true") == ["Comets"]


def test_what_others_have_is_not_found(made: Callable[..., Any], stranger: Client) -> None:
    document = made(text="Secret.")
    path = f"/projects/{document['project_id']}/documents?search=secret"
    assert stranger.get(path).status_code == 404


def test_pages_of_what_is_found_follow_each_other(
    made: Callable[..., Any], project: Project, viewer: Client
) -> None:
    for number in range(5):
        made(title=f"{number}", text="comet " * (number + 1), language="en")
    start = f"/projects/{project.pk}/documents?search=comet"
    for ordering in ("relevance", "-relevance"):
        whole = viewer.get(f"{start}&ordering={ordering}").json()["results"]
        read, path, back = [], f"{start}&ordering={ordering}&limit=2&count=true", []
        while path:
            page = viewer.get(path).json()
            assert page["count"] == 5
            read += page["results"]
            back.append(page["previous"])
            path = (page["next"] or "").partition("/api/v1")[2]
        assert read == whole
        before = viewer.get(back[-1].partition("/api/v1")[2]).json()
        assert before["results"] == whole[2:4]


@pytest.mark.parametrize(
    "values", [["x", "y"], [1], [None, None], [[], {}], ["1e999x", 5], [0.1, "nope"]]
)
def test_a_cursor_that_was_tampered_with_is_refused(
    made: Callable[..., Any], refused: Callable[..., str], values: list[Any]
) -> None:
    made(text="comet")
    cursor = Cursor("relevance", backwards=False, values=values).encode()
    assert "cursor" in refused(search="comet", cursor=cursor)


def test_at_most_so_many_of_the_newest_are_ranked(
    made: Callable[..., Any], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matches, "BEST", 2)
    for number in range(4):
        made(title=f"{number}", text=f"comet {number}")
    assert set(find(search="comet")) == {"2", "3"}
    assert len(find(search="comet", ordering="created_at")) == 4


def test_what_takes_too_long_is_told(
    project: Project, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_READ", "SELECT pg_sleep(5)")
    reading._ask.cache_clear()
    path = f"/projects/{project.pk}/documents?search=comet"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 200")
    response = viewer.get(path)
    assert (response.status_code, response.json()["code"]) == (503, "query_timeout")
    assert "more filters" in response.json()["detail"]


def test_a_language_that_comes_in_later_is_heeded_at_once(
    made: Callable[..., Any], find: Find
) -> None:
    made(title="en", text="A comet.", language="en")
    assert find(search="häuser") == []
    made(title="de", text="Ein Haus.", language="de")
    assert find(search="häuser") == ["de"]
