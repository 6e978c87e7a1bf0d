from __future__ import annotations

from zipfile import ZIP_STORED

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError
from documents.ingest.media_type import (
    ARCHIVE,
    DOCX,
    EML,
    EPUB,
    HTML,
    MARKDOWN,
    ODT,
    PDF,
    PLAIN,
    READERS,
    RTF,
    is_markdown_name,
    sniff,
)
from tests.documents.ingest.archive_files import tar_of, zip_of
from tests.documents.ingest.docx_files import docx, zipped
from tests.documents.ingest.epub_files import parts as epub_parts
from tests.documents.ingest.odt_files import odt
from tests.documents.ingest.odt_files import parts as odt_parts
from tests.documents.ingest.pdf_files import document, lines

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"Just words.", PLAIN),
        (b"<3 you", PLAIN),
        (b'<?xml version="1.0"?><TEI><text/></TEI>', PLAIN),
        (b"About the header %PDF-1.7 of files", PLAIN),
        (b"# A heading", PLAIN),
        (b"<!DOCTYPE html><p>x", HTML),
        (b"\xef\xbb\xbf \r\n<HTML>x", HTML),
        ("<html>ä".encode("utf-16"), HTML),
        ("<title>x</title>".encode("utf_16_be"), HTML),
        (b'<?xml version="1.0"?>\n<!-- a --> <!-- b --><html xmlns="x">', HTML),
        (b"<!-- saved --><div class=x>y</div>", HTML),
        (b"<br/>x", HTML),
        (b"<bravo>x", PLAIN),
        (document(lines("x")), PDF),
        (b"\r\n%PDF-1.4 broken", PDF),
        (b"HTTP/1.1 200 OK\r\n\r\n" + document(lines("x")), PDF),
        (docx("<w:p/>"), DOCX),
        (zipped(odt_parts(""), ZIP_STORED), ODT),
        (odt(""), ODT),
        (zipped({"content.xml": "", "META-INF/manifest.xml": ""}), ODT),
        (zipped({**odt_parts(""), "word/[Content_Types].xml": ""}, ZIP_STORED), ODT),
        (zipped(epub_parts({}), ZIP_STORED), EPUB),
        (zipped({"META-INF/container.xml": ""}), EPUB),
        (b"{\\rtf1\\ansi text}", RTF),
        (b"\xef\xbb\xbf\r\n{\\rtf1", RTF),
        (b"From: a\nTo: b\n\nx", EML),
        (b"\r\nReceived: by x\r\n\tfor y\r\nSubject: x\r\n", EML),
        (b"Date: x\nFrom: x\nDKIM-Signature: " + b"x" * 20_000 + b"\n\n", EML),
        (b"Subject: a\nTo: b\n\nx", PLAIN),
        (b"From: a\nand then prose", PLAIN),
        (b"Date: a\n\nx", PLAIN),
        (b"[1]", PLAIN),
        (docx("<w:p/>")[:-30], DOCX),
        (zip_of({"a.txt": "x"}), ARCHIVE),
        (zip_of({}), ARCHIVE),
        (zipped({"word/document.xml": ""}), ARCHIVE),
        (zip_of({"a.docx": docx("<w:p/>")}, ZIP_STORED), ARCHIVE),
        (zip_of({"a/[Content_Types].xml": "", "a/word/document.xml": ""}), ARCHIVE),
        (tar_of({"a.txt": "x"}), ARCHIVE),
        (tar_of({"a.txt": "x"})[:512], ARCHIVE),
        (tar_of({"a.txt": "x"})[:511], PLAIN),
        (tar_of({"a.txt": "x"}).replace(b"a.txt", b"b.txt"), PLAIN),
        (tar_of({"a.txt": "x"}).replace(b" \0", b"x\0", 1)[:148] + b"zz" + bytes(600), PLAIN),
        (b"x" * 148 + b"no check" + b"x" * 101 + b"ustar" + b"x" * 250, PLAIN),
        (tar_of({}, "gz"), ARCHIVE),
        (tar_of({}, "bz2"), ARCHIVE),
        (tar_of({}, "xz"), ARCHIVE),
        (b"BZh is no archive", PLAIN),
        (b"7z\xbc\xaf\x27\x1c", PLAIN),
    ],
)
def test_content_decides(content: bytes, media_type: str) -> None:
    assert sniff(content) == media_type


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"Just words.", MARKDOWN),
        (b'<p align="center">logo</p>\n\n# Title', MARKDOWN),
        (b"<!DOCTYPE html><p>x", HTML),
        (document(lines("x")), PDF),
    ],
)
def test_the_name_only_tells_markdown_from_text(content: bytes, media_type: str) -> None:
    assert sniff(content, markdown_name=True) == media_type


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ErrorCode.EMPTY_FILE),
        (b"%!PS-Adobe-3.0", ErrorCode.UNSUPPORTED_MEDIA_TYPE),
        (b"GIF89a tiny", ErrorCode.UNSUPPORTED_MEDIA_TYPE),
        (
            zipped({"xl/workbook.xml": "", "[Content_Types].xml": ""}),
            ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        ),
        (OLE + "WordDocument".encode("utf_16_le"), ErrorCode.UNSUPPORTED_MEDIA_TYPE),
        (OLE + docx("<w:p/>"), ErrorCode.UNSUPPORTED_MEDIA_TYPE),
        (OLE + "EncryptedPackage".encode("utf_16_le"), ErrorCode.DOCX_ENCRYPTED),
    ],
)
def test_what_is_not_read_says_why(content: bytes, code: ErrorCode) -> None:
    with pytest.raises(ExtractionError) as caught:
        sniff(content)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "markdown"),
    [
        ("README.md", True),
        ("notes.MARKDOWN", True),
        ("a/b.mkd", True),
        ("notes.txt", False),
        ("md", False),
        ("", False),
        ("x.md\0.txt", False),
    ],
)
def test_markdown_is_known_by_the_end_of_its_name(name: str, *, markdown: bool) -> None:
    assert is_markdown_name(name) is markdown


@given(content=st.binary(min_size=1), markdown_name=st.booleans())
def test_any_bytes_have_a_type_or_a_code(content: bytes, *, markdown_name: bool) -> None:
    try:
        found = sniff(content, markdown_name=markdown_name)
    except ExtractionError as error:
        found = error.code
    assert found in {*READERS, *ErrorCode}


def test_no_head_makes_the_search_step_back() -> None:
    assert sniff(b"<!-- -->" * 100_000) == PLAIN
