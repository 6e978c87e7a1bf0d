"""Files made to do harm: each costs one cell its limits and ends with a code."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from documents.ingest import ExtractionError, Limits, extract_in_cell
from tests.documents.ingest.docx_files import docx, paragraph, table, word_parts, zipped
from tests.documents.ingest.epub_files import parts as epub_parts
from tests.documents.ingest.odt_files import odt, p
from tests.documents.ingest.odt_files import parts as odt_parts
from tests.documents.ingest.pdf_files import HELVETICA, document, lines, page, pdf, stream

# The machine that runs the tests may be busy; all that is bounded here is bounded by work.
PATIENT = Limits(wall_seconds=60)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>"


def unpacking(megabytes: int, *, twice: bool = False) -> bytes:
    """Return a PDF whose page unpacks to so much, in one step or in two."""
    packer = zlib.compressobj(1)
    million = bytes(1_000_000)
    data = b"".join(packer.compress(million) for _ in range(megabytes)) + packer.flush()
    if twice:
        data = zlib.compress(data)
    filters = b"/Filter[%b]" % (b"/FlateDecode" * (1 + twice))
    pages = b"<</Type/Pages/Count 1/Kids[4 0 R]>>"
    catalogue = b"<</Type/Catalog/Pages 2 0 R>>"
    return pdf([catalogue, pages, HELVETICA, page(5), stream(data, filters)])


def form_in_itself() -> bytes:
    content = document(b"/X Do", extra=[stream(b"/X Do " * 5, FORM)])
    return content.replace(b"/Resources<</Font", b"/Resources<</XObject<</X 6 0 R>>/Font", 1)


def many_pages(count: int, claimed: int) -> bytes:
    kids = b"4 0 R " * count
    pages = b"<</Type/Pages/Count %d/Kids[%b]>>" % (claimed, kids)
    catalogue = b"<</Type/Catalog/Pages 2 0 R>>"
    return pdf([catalogue, pages, HELVETICA, page(5), stream(lines("x"))])


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb": (lambda: docx(" " * 60_000_000), "too_large"),
    "many parts": (
        lambda: zipped({**word_parts(""), **{f"word/{n}": "" for n in range(3000)}}),
        "too_large",
    ),
    "entity bomb": (
        lambda: zipped(
            {
                **word_parts(""),
                "word/document.xml": ENTITIES,
            }
        ),
        "docx_broken",
    ),
    "ODT bomb": (lambda: odt(p(" " * 60_000_000)), "too_large"),
    "ODT of blanks": (lambda: odt(p('<text:s text:c="999999999"/>' * 20_000)), "too_large"),
    "ODT entity bomb": (
        lambda: zipped({**odt_parts(""), "content.xml": ENTITIES}),
        "odt_broken",
    ),
    "ODT nested lists": (lambda: odt("<text:list><text:list-item>" * 200_000), "odt_broken"),
    "EPUB bomb": (lambda: zipped(epub_parts({"a.xhtml": b" " * 60_000_000})), "too_large"),
    "EPUB entity bomb": (
        lambda: zipped({**epub_parts({"a.xhtml": "x"}), "OPS/book.opf": ENTITIES}),
        "epub_broken",
    ),
    "EPUB of one chapter": (
        lambda: zipped({**epub_parts({}), "OPS/book.opf": "<x>" * 1_000_000}),
        "epub_broken",
    ),
    "RTF groups": (lambda: b"{\\rtf1" + b"{" * 9_000_000, "rtf_broken"),
    "e-mail in e-mail": (
        lambda: b"From: a\nDate: b\n" + b"Content-Type: message/rfc822\n\n" * 100_000,
        "eml_broken",
    ),
    "e-mail of parts": (
        lambda: (
            b"From: a\nDate: b\nContent-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\n" * 3_000
        ),
        "too_large",
    ),
    "nested JSON members": (lambda: b'{"a":' * 3_000_000, "too_large"),
    "nested tables": (lambda: docx("<w:tbl><w:tr><w:tc>" * 200_000), "docx_broken"),
    "unpacked PDF": (lambda: unpacking(600), "parser_out_of_memory"),
    "twice unpacked PDF": (lambda: unpacking(600, twice=True), "parser_out_of_memory"),
    "form in itself": (form_in_itself, "parser_out_of_memory"),
    "3,000 pages": (lambda: many_pages(3000, 3000), "too_large"),
    "nested arrays": (lambda: document(b"[" * 5_000_000), "no_text_found"),
    "nested dictionaries": (
        lambda: b"%PDF-1.7\n1 0 obj\n" + b"<<" * 2_000_000 + b"\nstartxref\n0\n%%EOF",
        "pdf_broken",
    ),
    "brackets": (lambda: b"[" * 49_000_000, "too_large"),
    "angle brackets": (lambda: b"<html>" + b"<" * 49_000_000, "parser_out_of_memory"),
    "unclosed elements": (lambda: b"<html>" + b"<b>" * 16_000_000, "parser_out_of_memory"),
    "control characters": (lambda: b"\x01" * 9_000_000, "unsupported_media_type"),
    "white space": (lambda: b" " * 5_000_000 + b"\n" * 4_000_000, "no_text_found"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_ends_with_a_code(file: Path, name: str) -> None:
    make, code = FILES[name]
    file.write_bytes(make())
    with file.open("rb") as source, pytest.raises(ExtractionError) as caught:
        extract_in_cell(source, file_name="a.md", limits=PATIENT)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "content",
    [
        many_pages(1, 2_000_000_000),
        docx(table((table((table((paragraph("x"),)),)),)) + "<w:p>" * 5_000 + "</w:p>" * 5_000),
        b"x\n" + b"> " * 200_000,
        b"x\n" + "".join(" " * depth + "- x\n" for depth in range(600)).encode(),
        b"<html>x" + b"<table><tr><td>" * 5_000,
        odt(f'<text:p text:style-name="{"a" * 9_000_000}">x</text:p>'),
        b"[" * 1_000_000 + b"x",
        b'{"a":' * 1_000_000 + b"x",
        b"From: a\nDate: b\nX: " + b"<,;(@" * 100_000 + b"\nTo: " + b"(" * 9_000 + b"\n\nx",
    ],
    ids=[
        "claimed pages",
        "paragraphs in paragraphs",
        "quotes",
        "lists",
        "tables",
        "attribute",
        "arrays",
        "members",
        "fields",
    ],
)
def test_an_odd_file_with_text_is_read(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with file.open("rb") as source:
        assert "x" in extract_in_cell(source, file_name="a.md").text
