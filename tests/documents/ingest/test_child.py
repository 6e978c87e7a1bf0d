from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from documents.ingest import Limits, plain
from documents.ingest.child import answer
from documents.ingest.wire import Order
from tests.documents.ingest.docx_files import docx, paragraph
from tests.documents.ingest.languages import JAPANESE
from tests.documents.ingest.pdf_files import document, lines


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
