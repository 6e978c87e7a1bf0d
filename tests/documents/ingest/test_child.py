from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from documents.ingest import Boilerplate, Limits, plain, telling
from documents.ingest.child import answer
from documents.ingest.context import Context
from documents.ingest.telling import Teller
from documents.ingest.wire import Order
from tests.documents.ingest.docx_files import docx, paragraph, zipped
from tests.documents.ingest.epub_files import page, parts
from tests.documents.ingest.languages import JAPANESE
from tests.documents.ingest.pdf_files import document, lines

PAGES = document(lines("a"), lines("b"))
CHAPTERS = {"a.xhtml": page("a"), "b.xhtml": page("b")}


def answered(content: bytes, *, markdown_name: bool = False, **limits: Any) -> dict[str, Any]:
    order = Order(Limits(**limits), markdown_name)
    line, _, text = answer(BytesIO(content), order, lambda: None).partition(b"\n")
    values: dict[str, Any] = json.loads(line)
    return {**values, "text": text.decode()} if text else values


@pytest.mark.parametrize(
    ("content", "subtype", "text"),
    [
        (b"words", "plain", "words"),
        (JAPANESE.encode("euc_jp"), "plain", JAPANESE),
        (b"<html><p>words", "html", "words"),
        (document(lines("words")), "pdf", "words"),
        (docx(paragraph("words")), "document", "words"),
    ],
)
def test_each_kind_of_file_is_read_by_its_reader(content: bytes, subtype: str, text: str) -> None:
    values = answered(content)
    assert values["text"] == text
    assert values["media_type"].endswith(subtype)


def test_a_name_may_say_markdown() -> None:
    assert answered(b"# words", markdown_name=True)["media_type"] == "text/markdown"


def test_the_seal_falls_before_the_reader_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    acts: list[str] = []
    monkeypatch.setattr(plain, "extract", lambda *_: acts.append("read"))
    answer(BytesIO(b"words"), Order(Limits(), markdown_name=False), lambda: acts.append("seal"))
    assert acts == ["seal", "read"]


def test_a_page_is_read_as_the_options_say() -> None:
    content = b"<html><nav>menu</nav><p>Words enough to be taken for prose, all of them."
    order = Order(Limits(), markdown_name=False)
    context = Context(boilerplate=Boilerplate.DROP)
    told = answer(BytesIO(content), order, lambda: None, context)
    assert told.endswith(b"\nWords enough to be taken for prose, all of them.")


@pytest.mark.parametrize("content", [PAGES, zipped(parts(CHAPTERS))], ids=["PDF", "EPUB"])
def test_a_cell_tells_how_far_it_is(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BEAT", 0)
    sink, order = BytesIO(), Order(Limits(), markdown_name=False)
    answer(BytesIO(content), order, lambda: None, Teller(sink).context(order))
    assert sink.getvalue() == b"progress 1 2\nprogress 2 2\n"


def test_nothing_is_told_before_a_second_is_over() -> None:
    sink = BytesIO()
    Teller(sink).report(1, 2)
    assert sink.getvalue() == b""


def test_an_expected_failure_is_answered_with_its_code() -> None:
    assert answered(b"") == {"code": "empty_file", "detail": "The file has no bytes."}


def test_a_file_beyond_the_limit_is_not_read_on() -> None:
    values = answered(b"12345", file_bytes=4)
    assert values["code"] == "too_large"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "parser_out_of_memory"),
        (RecursionError(), "parser_crashed"),
        (KeyError("secret"), "parser_crashed"),
    ],
)
def test_any_other_failure_is_answered_too(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(plain, "extract", fail)
    values = answered(b"words")
    assert values["code"] == code
    assert "secret" not in values["detail"]
