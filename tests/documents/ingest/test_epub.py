from __future__ import annotations

import pytest

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.epub import extract
from documents.ingest.html import VERSION
from tests.documents.ingest.docx_files import zipped
from tests.documents.ingest.epub_files import page, parts
from tests.documents.ingest.layouts import assert_sound, held, page_texts

HELLO = "Привет"
CHAPTERS = {"a.xhtml": page("<h1>One</h1><p>first"), "b.xhtml": page("<h2>Two</h2>")}
ENCRYPTION = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"'
    ' xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
    '<enc:EncryptionMethod Algorithm="{}"/></enc:EncryptedData></encryption>'
)


def refused(content: bytes, limits: Limits | None = None) -> ExtractionError:
    with pytest.raises(ExtractionError) as caught:
        extract(content, limits or Limits())
    return caught.value


def test_chapters_are_pages_in_reading_order() -> None:
    extraction = extract(zipped(parts(CHAPTERS)), Limits())
    assert extraction.text == "One\n\nfirst\fTwo"
    assert page_texts(extraction) == ["One\n\nfirst", "Two"]
    assert held(extraction) == [
        ("heading", 1, "One"),
        ("paragraph", None, "first"),
        ("heading", 2, "Two"),
    ]
    assert extraction.media_type == "application/epub+zip"
    assert (extraction.extractor, extraction.extractor_version) == ("lexbor", VERSION)
    assert extraction.metadata == {"page_count": 2, "title": "A book"}
    assert extraction.notes == []
    assert_sound(extraction)


def test_navigation_and_other_media_are_not_text() -> None:
    manifest = (
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="t" href="toc.html" media-type="text/html"/>'
        '<item id="i" href="cover.svg" media-type="image/svg+xml"/>'
    )
    spine = '<itemref idref="n"/><itemref idref="t"/><itemref idref="i"/><itemref idref="none"/>'
    guide = (
        '<guide><reference type="toc" href="toc.html"/><reference type="toc" href="a.xhtml#x"/>'
        '<reference type="text" href="b.xhtml"/></guide>'
    )
    book = parts(CHAPTERS, manifest=manifest, spine=spine, more=guide)
    assert len(extract(zipped(book), Limits()).layout["pages"]) == 2


def test_a_chapter_in_another_encoding_is_noted() -> None:
    latin = b"<html><meta charset=windows-1251><p>" + HELLO.encode("cp1251")
    extraction = extract(zipped(parts({"a.xhtml": latin, "b.xhtml": latin})), Limits())
    assert extraction.text == f"{HELLO}\f{HELLO}"
    assert extraction.notes == ["encoding: windows-1251"]


def test_missing_and_unreadable_chapters_stay_empty() -> None:
    book = parts({**CHAPTERS, "c.xhtml": bytes(range(256)) * 9})
    del book["OPS/a.xhtml"]
    extraction = extract(zipped(book), Limits())
    assert page_texts(extraction) == ["", "Two", ""]
    assert extraction.notes == [
        "2 chapters missing or unreadable, among them OPS/a.xhtml, OPS/c.xhtml"
    ]


def test_links_are_decoded_and_may_climb_inside_the_book() -> None:
    book = parts({"../Text/a%20b.xhtml#x": ""})
    book["Text/a b.xhtml"] = page("climbed")
    del book["OPS/../Text/a%20b.xhtml#x"]
    assert extract(zipped(book), Limits()).text == "climbed"


@pytest.mark.parametrize(
    "link",
    ["../../etc/passwd", "/etc/passwd", "http://x/y", "//x/y", "%2e%2e/../x", "", "http://["],
)
def test_links_out_of_the_book_are_refused(link: str) -> None:
    book = parts({"a.xhtml": page("x")})
    book["OPS/book.opf"] = str(book["OPS/book.opf"]).replace("a.xhtml", link)
    error = refused(zipped(book))
    if link:
        assert error.code == ErrorCode.EPUB_BROKEN
        assert error.detail == "It leads to a file outside of the book."
    else:
        assert error.code == ErrorCode.NO_TEXT_FOUND


def test_names_that_climb_out_are_refused() -> None:
    book = {**parts(CHAPTERS), "OPS/../../x": "x"}
    assert refused(zipped(book)).code == ErrorCode.EPUB_BROKEN


def test_rights_management_locks_a_book_and_hidden_fonts_do_not() -> None:
    fonts = ENCRYPTION.format("http://www.idpf.org/2008/embedding")
    assert extract(zipped({**parts(CHAPTERS), "META-INF/encryption.xml": fonts}), Limits()).text
    locked = ENCRYPTION.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    error = refused(zipped({**parts(CHAPTERS), "META-INF/encryption.xml": locked}))
    assert error.code == ErrorCode.EPUB_ENCRYPTED


def test_what_is_no_book_says_why() -> None:
    book = parts(CHAPTERS)
    assert refused(zipped(parts({}))).code == ErrorCode.NO_TEXT_FOUND
    assert refused(zipped(book), Limits(pages=1)).code == ErrorCode.TOO_LARGE
    assert refused(zipped({**book, "META-INF/container.xml": "<x/>"})).code == "epub_broken"
    assert refused(zipped({**book, "OPS/book.opf": "<x>"})).code == "epub_broken"
    assert refused(zipped({**book, "OPS/book.opf": "<!DOCTYPE x><x/>"})).code == "epub_broken"
    assert refused(zipped(book)[:-30]).code == "epub_broken"
