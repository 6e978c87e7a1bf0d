"""Every format, cut short or called by a wrong name: a text or a typed error, nothing else."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.archives import read_archive_in_cell
from documents.ingest.child import answer
from documents.ingest.wire import Order, decode_answer
from tests.documents.ingest.archive_files import tar_of, zip_of
from tests.documents.ingest.docx_files import docx, paragraph, zipped
from tests.documents.ingest.epub_files import page, parts
from tests.documents.ingest.layouts import assert_sound
from tests.documents.ingest.odt_files import odt, p
from tests.documents.ingest.pdf_files import document, lines

MAIL = (
    b"From: a@x.org\r\nTo: b@x.org\r\nSubject: =?utf-8?q?H=C3=A9?=\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/html\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nPHA+d29yZHM8L3A+\r\n--B\r\n\r\nmore\r\n--B--\r\n"
)
FILES = {
    "plain": b"\xef\xbb\xbfSome words.\r\n\r\nMore \xc3\xa9 words.",
    "csv": b'name,text\r\n1,"a ""b"", c"\r\n2,d\r\n',
    "tsv": b"name\ttext\n1\ta\n2\tb\n",
    "json": b'{"a": [1, 2.5, {"b": "\\u00e9"}], "c": null}',
    "jsonl": b'{"a": 1}\n{"a": 2}\n{"a": "\xc3\xa9"}\n',
    "html": b"<!doctype html><meta charset=utf-8><h1>A</h1><p>b \xc3\xa9<table><tr><td>c",
    "rtf": rb"{\rtf1\ansi{\fonttbl{\f0\fcharset128 A;}}\f0\'93\'fa \u8364?{\footnote x}\par b}",
    "eml": MAIL,
    "pdf": document(lines("one", "two"), lines("three")),
    "docx": docx(paragraph("one") + paragraph("two")),
    "odt": odt(p("one") + p("two")),
    "epub": zipped(parts({"a.xhtml": page("<h1>A</h1>"), "b.xhtml": page("b")})),
}
PATIENT = Limits()


def outcome(content: bytes, *, markdown_name: bool = False) -> str:
    """Return the media type or the code of the error, both as they leave a cell."""
    told = answer(BytesIO(content), Order(PATIENT, markdown_name), lambda: None)
    if told.startswith(b'{"code"'):
        failure = json.loads(told)
        assert failure["code"] != ErrorCode.PARSER_CRASHED, failure["detail"]
        return str(failure["code"])
    extraction = decode_answer(told, PATIENT)
    assert_sound(extraction)
    return extraction.media_type


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_is_what_it_is(name: str) -> None:
    assert outcome(FILES[name]) not in set(ErrorCode)


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_is_a_text_or_a_typed_error(name: str, tenth: int) -> None:
    content = FILES[name]
    assert outcome(content[: len(content) * tenth // 10])


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_name_changes_nothing_but_plain_text(name: str) -> None:
    said = outcome(FILES[name], markdown_name=True)
    assert said in {outcome(FILES[name]), "text/markdown"}


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_file_with_damaged_bytes_is_a_text_or_a_typed_error(
    name: str, data: st.DataObject
) -> None:
    damaged = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(damaged))


NINE: dict[str, bytes | str] = {f"{n}.txt": b"words" for n in range(9)}
ZIP, TAR = zip_of(NINE), tar_of(NINE)


@pytest.mark.parametrize(
    ("content", "start", "found", "told"),
    [
        (ZIP[:-30], 0, 0, "Nothing of it was read: the directory"),
        (ZIP[:200], 0, 0, "It may have been cut off on its way; send it again."),
        (TAR[: 5 * 1024 + 100], 0, 5, "Entries read before that: 5."),
        (TAR[: 5 * 1024 + 100], 3, 2, "Entries read before that: 5."),
    ],
)
def test_an_archive_that_was_cut_off_says_how_far_it_was_read(
    tmp_path: Path, content: bytes, start: int, found: int, told: str
) -> None:
    names: list[str] = []
    (tmp_path / "archive").write_bytes(content)
    with (tmp_path / "archive").open("rb") as source:
        entries = read_archive_in_cell(source, start=start)
        with pytest.raises(ExtractionError) as caught:
            names.extend(entry.name for entry in entries)
    assert caught.value.code == "archive_broken"
    assert told in caught.value.detail
    assert len(names) == found
