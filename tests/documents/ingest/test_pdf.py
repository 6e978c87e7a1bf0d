from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.pdf import VERSION, extract
from tests.documents.ingest.layouts import assert_sound, held, page_texts
from tests.documents.ingest.pdf_files import (
    document,
    encrypted,
    lines,
    pdf,
    with_unicode_font,
)

LINES = st.text("abcdefghij (\\)éü", max_size=20).map(lambda text: f"x{text}x")


def test_pages_are_kept_apart_by_a_form_feed() -> None:
    extraction = extract(document(lines("One", "two"), lines(), lines("three")), Limits())
    assert extraction.text == "One\ntwo\f\fthree"
    assert extraction.layout["pages"] == [[0, 7], [8, 8], [9, 14]]
    assert page_texts(extraction) == ["One\ntwo", "", "three"]


def test_the_extraction_says_what_made_it() -> None:
    extraction = extract(document(lines("x")), Limits())
    assert extraction.media_type == "application/pdf"
    assert (extraction.extractor, extraction.extractor_version) == ("pdfium", VERSION)
    assert extraction.metadata == {"page_count": 1}
    assert extraction.notes == []


def test_the_title_is_taken_from_the_file() -> None:
    title = b"<</Title <FEFF0041000AD83DDE00>>>"
    content = document(lines("x"), extra=[title], trailer=b"/Info 6 0 R")
    assert extract(content, Limits()).metadata == {"page_count": 1, "title": "A 😀"}


def test_a_wide_gap_or_another_size_begins_a_paragraph() -> None:
    page_of_text = lines("A first paragraph", "of two lines.", "", "A second one.", "goes on")
    heading = b"BT /F1 24 Tf 72 760 Td (Heading) Tj ET "
    assert held(extract(document(heading + page_of_text), Limits())) == [
        ("paragraph", None, "Heading"),
        ("paragraph", None, "A first paragraph\nof two lines."),
        ("paragraph", None, "A second one.\ngoes on"),
    ]


def test_the_next_column_begins_a_paragraph() -> None:
    column = b"BT /F1 12 Tf 14 TL 340 720 Td (right one) Tj T* (right two) Tj ET"
    content = document(lines("left one", "left two", "left three") + b" " + column)
    assert [text for _, _, text in held(extract(content, Limits()))] == [
        "left one\nleft two\nleft three",
        "right one\nright two",
    ]


def test_a_hyphen_at_the_end_of_a_line_is_put_back() -> None:
    extraction = extract(document(lines("an exam-", "ple of a well-", "known thing")), Limits())
    assert extraction.text == "an exam-\nple of a well-\nknown thing"
    assert len(extraction.layout["blocks"]) == 1


def test_characters_beyond_the_first_plane_count_once() -> None:
    content = b"BT /F1 12 Tf 14 TL 72 700 Td <000200010002> Tj T* <0001> Tj T* T* <00020001> Tj ET"
    extraction = extract(with_unicode_font(content, {1: "A", 2: "😀"}), Limits())
    assert extraction.text == "😀A😀\nA\n😀A"
    assert [text for _, _, text in held(extraction)] == ["😀A😀\nA", "😀A"]


def test_one_code_may_mean_several_characters() -> None:
    content = b"BT /F1 12 Tf 72 700 Td <00010002> Tj ET"
    assert extract(with_unicode_font(content, {1: "ffi", 2: "é"}), Limits()).text == "ffié"


def test_characters_without_meaning_are_replaced_and_noted() -> None:
    content = b"BT /F1 12 Tf 72 700 Td <0001000200010003> Tj ET"
    extraction = extract(with_unicode_font(content, {1: "A", 2: "\0", 3: "\ud83d"}), Limits())
    assert extraction.text == "A\ufffdA\ufffd"
    assert extraction.notes == [
        "1 characters that the PDF gives no meaning stand as U+FFFD",
        "1 lone surrogates replaced by U+FFFD",
    ]


def test_a_font_that_is_not_in_the_file_does_no_harm() -> None:
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/NowhereSans>>"
    assert extract(document(lines("text"), font=font), Limits()).text == "text"


def test_an_unreadable_page_stays_empty() -> None:
    content = document(lines("one"), lines("two"), lines("three"))
    broken = content.replace(b"\n6 0 obj", b"\n6 0 xxx")
    extraction = extract(broken, Limits())
    assert page_texts(extraction) == ["one", "", "three"]
    assert extraction.notes == ["1 unreadable pages, among them 2"]


def test_a_password_locks_a_file() -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(encrypted("secret words", password=b"sesame"), Limits())
    assert caught.value.code == ErrorCode.PDF_ENCRYPTED


def test_a_file_that_everyone_may_open_is_read() -> None:
    assert extract(encrypted("secret words", password=b""), Limits()).text == "secret words"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7\n", ErrorCode.PDF_BROKEN),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, ErrorCode.PDF_BROKEN),
        (document(lines("x"))[:-200], ErrorCode.PDF_BROKEN),
        (
            pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"]),
            ErrorCode.PDF_BROKEN,
        ),
        (document(b""), ErrorCode.NO_TEXT_FOUND),
        (document(b"", b""), ErrorCode.NO_TEXT_FOUND),
        (document(b"[" * 10_000), ErrorCode.NO_TEXT_FOUND),
        (encrypted("x", password=b"").replace(b"/Standard", b"/Nonsense"), ErrorCode.PDF_ENCRYPTED),
    ],
)
def test_what_is_no_readable_pdf_says_why(content: bytes, code: ErrorCode) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(content, Limits())
    assert caught.value.code == code


def test_too_many_pages_or_characters_are_too_large() -> None:
    content = document(lines("abc"), lines("def"))
    for limits in (Limits(pages=1), Limits(characters=6)):
        with pytest.raises(ExtractionError) as caught:
            extract(content, limits)
        assert caught.value.code == ErrorCode.TOO_LARGE


def test_three_hundred_pages_keep_their_places() -> None:
    pages = [
        lines(*(f"Line {line} of page {number}" for line in range(40))) for number in range(300)
    ]
    extraction = extract(document(*pages), Limits())
    assert extraction.metadata["page_count"] == 300
    assert [text.split("\n")[0] for text in page_texts(extraction)] == [
        f"Line 0 of page {number}" for number in range(300)
    ]
    assert_sound(extraction)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(LINES, min_size=1, max_size=5), min_size=1, max_size=4))
def test_any_lines_come_back_with_a_sound_layout(pages: list[list[str]]) -> None:
    extraction = extract(document(*(lines(*texts) for texts in pages)), Limits())
    assert_sound(extraction)
    assert [text.split() for text in page_texts(extraction)] == [
        " ".join(texts).split() for texts in pages
    ]
