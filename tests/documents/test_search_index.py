"""What is written for documents to be found by."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from documents import search_index
from documents.finding.languages import CONFIGURATIONS
from documents.finding.question import PARTING
from documents.models import Document, Project, SearchEntry
from documents.search_index import index_documents
from documents.services.search import indexing
from tests.client import Client
from tests.factories import DocumentFactory

pytestmark = pytest.mark.django_db


def entry_of(document: Any) -> SearchEntry:
    """Return a document's entry."""
    return SearchEntry.objects.get(document_id=document["id"])


@pytest.mark.parametrize(
    ("language", "configuration"),
    [("en", "english"), ("pt-BR", "portuguese"), ("NB", "norwegian"), ("ja", "documents_plain")],
)
def test_words_are_read_by_the_rules_of_the_language(
    made: Callable[..., Any], language: str, configuration: str
) -> None:
    assert entry_of(made(language=language)).configuration == configuration


def test_a_language_that_this_postgresql_lacks_is_read_plainly(
    made: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["klingon" for _ in CONFIGURATIONS]
    monkeypatch.setitem(search_index._RULES, "names", names)
    assert entry_of(made(language="en")).configuration == "documents_plain"


def test_documents_without_a_text_have_their_title(upload: Callable[..., Any]) -> None:
    document = upload(title="Comet")
    entry = SearchEntry.objects.get(document=document)
    assert (entry.revision_id, entry.words) == (None, "'comet':1A")


def words(length: int) -> str:
    """Return so many different words."""
    return " ".join(f"w{number:x}" for number in range(length))


def test_more_words_than_postgresql_keeps_are_cut(
    made: Callable[..., Any], project: Project, viewer: Client
) -> None:
    short = made(title="short", text="comet w1")
    huge = made(title="huge", text=words(120_000))
    assert entry_of(huge).words
    with transaction.atomic():
        index_documents([short["id"], huge["id"]])
    path = f"/projects/{project.pk}/documents?search="
    assert len(viewer.get(f"{path}w1").json()["results"]) == 2
    assert len(viewer.get(f"{path}comet").json()["results"]) == 1
    assert len(viewer.get(f"{path}w{119_999:x}").json()["results"]) == 0


def test_only_the_beginning_of_a_text_is_read(
    made: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "REACH", 9)
    document = made(title="t", text="Ada lives in Turin.", language="ja")
    assert entry_of(document).words == "'ada':2 'lives':3 't':1A"


def test_many_are_written_in_batches(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [DocumentFactory.create(project=project, title=f"{n}") for n in range(4)]
    SearchEntry.objects.all().delete()
    monkeypatch.setattr(search_index, "AT_ONCE", 100)
    written: list[int] = []
    write = search_index._write_words

    def count(ids: list[str], reach: int) -> None:
        written.append(len(ids))
        write(ids, reach)

    monkeypatch.setattr(search_index, "_write_words", count)
    with transaction.atomic():
        index_documents(document.pk for document in made)
    assert written == [2, 2]
    assert SearchEntry.objects.count() == 4


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        index_documents(["no id"])
    with pytest.raises(AssertionError), connection.temporary_connection():
        _outside_a_transaction()


def _outside_a_transaction() -> None:
    connection.in_atomic_block, kept = False, connection.in_atomic_block
    try:
        index_documents([])
    finally:
        connection.in_atomic_block = kept


@pytest.mark.parametrize(
    "pattern", ["a_", "<!--", "@1e", "1e@", "~/", "./", "a-", "http://a.b/", "&a;", "1.", "é-"]
)
def test_no_text_keeps_the_parser_busy(made: Callable[..., Any], pattern: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 5000")
    made(text=pattern * (200_000 // len(pattern)), title="t", language="en")


def test_signs_that_part_words_can_stand_in_a_statement() -> None:
    assert not set(PARTING) & set("'%\\{}")


def test_reindex_writes_what_is_missing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "BATCH", 2)
    for number in range(3):
        DocumentFactory.create(project=project, title=f"{number}")
    elsewhere = DocumentFactory.create()
    SearchEntry.objects.all().delete()
    told = StringIO()
    call_command("reindex", "--project", project.slug, stdout=told)
    assert told.getvalue().splitlines() == ["2 documents", "3 documents", "Indexed 3 documents."]
    assert not SearchEntry.objects.filter(document=elsewhere).exists()
    call_command("reindex", stdout=told)
    assert told.getvalue().splitlines()[-1] == "Indexed 1 documents."
    Document.objects.filter(pk=elsewhere.pk).update(title="Comet")
    call_command("reindex", "--all", stdout=told)
    assert told.getvalue().splitlines()[-1] == "Indexed 4 documents."
    assert "'comet':1A" in SearchEntry.objects.get(document=elsewhere).words
    with pytest.raises(CommandError, match="no project 'nope'"):
        call_command("reindex", "--project", "nope")
