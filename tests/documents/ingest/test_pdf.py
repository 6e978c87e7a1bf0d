from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdfium2 import raw

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.boxes import Box, boxes
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


def test_the_place_of_any_range_is_known() -> None:
    extraction = extract(document(lines("Hello world", "again"), lines("two")), Limits())
    first, second = extraction.layout["geometry"]
    assert (first["width"], first["height"], len(second["runs"])) == (612.0, 792.0, 1)
    assert boxes(extraction.layout, 6, 14) == [
        Box(0, 102.7, 60.7, 131.3, 74.7),
        Box(0, 72.0, 74.7, 85.3, 88.7),
    ]
    start = extraction.text.index("two")
    assert [box.page for box in boxes(extraction.layout, start, start + 3)] == [1]


@pytest.mark.parametrize(
    ("entry", "width", "height", "left", "top"),
    [
        (b"/Rotate 90", 792.0, 612.0, 717.3, 72.0),
        (b"/Rotate 180", 612.0, 792.0, 512.7, 717.3),
        (b"/CropBox[50 50 500 760]", 450.0, 710.0, 22.0, 28.7),
    ],
)
def test_places_are_of_the_page_as_it_is_shown(
    entry: bytes, width: float, height: float, left: float, top: float
) -> None:
    content = document(lines("Hello")).replace(b"/MediaBox", entry + b"/MediaBox")
    (geometry,) = (layout := extract(content, Limits()).layout)["geometry"]
    assert (geometry["width"], geometry["height"]) == (width, height)
    found = boxes(layout, 0, 5)
    assert round(min(box.left for box in found), 1) == left
    assert round(min(box.top for box in found), 1) == top


def test_right_to_left_runs_are_read_backwards() -> None:
    content = b"BT /F1 12 Tf 72 700 Td <000100020003> Tj ET"
    mapped = with_unicode_font(content, {1: "ג", 2: "ב", 3: "א"})
    extraction = extract(mapped, Limits())
    lefts = [boxes(extraction.layout, at, at + 1)[0].left for at in range(3)]
    assert (extraction.text, lefts) == ("אבג", [96.0, 84.0, 72.0])


def test_characters_that_pdfium_cannot_place_have_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(raw, "FPDFText_GetLooseCharBox", lambda *_: 0)
    assert boxes(extract(document(lines("words")), Limits()).layout, 0, 5) == []


def test_places_are_kept_up_to_a_limit() -> None:
    content = document(lines("one"), lines("two"), lines("three"))
    extraction = extract(content, Limits(geometry_bytes=120))
    assert [len(page["runs"]) for page in extraction.layout["geometry"]] == [1, 0, 0]
    assert extraction.notes == [
        "where characters stand is kept, and columns are told by it, in the first 120 bytes only"
    ]


def across(*rows: tuple[str, str], head: str = "") -> bytes:
    """Return a page that draws each line of two columns before the next one."""
    cells = [(72, 740, head)] if head else []
    for number, (left, right) in enumerate(rows):
        cells += [(72, 720 - 14 * number, left), (330, 720 - 14 * number, right)]
    shown = "".join(f"1 0 0 1 {x} {y} Tm ({text}) Tj " for x, y, text in cells if text)
    return document(f"BT /F1 10 Tf {shown}ET".encode())


def test_columns_that_are_drawn_line_by_line_are_read_one_after_the_other() -> None:
    rows = [(f"left column line number {n}", f"right column line number {n}") for n in range(5)]
    head = "A heading that goes over both of the columns of the page, and no gap in it"
    tail = [*rows, ("left column ends here", "")]
    for page, last in ((rows, []), (tail, ["left column ends here"])):
        extraction = extract(across(*page, head=head), Limits())
        lefts, rights = zip(*rows, strict=True)
        assert extraction.text == "\n".join([head, *lefts, *last, *rights])
        start = extraction.text.index(rights[1])
        (box,) = boxes(extraction.layout, start, start + 5)
        assert (round(box.left), round(box.top)) == (330, 76)
        assert [text.split("\n")[0] for _, _, text in held(extraction)][-1] == rights[0]
        assert_sound(extraction)
    only_right = extract(across(*rows, ("", "right column ends here")), Limits())
    assert only_right.text.endswith("right column line number 4\nright column ends here")


def test_what_follows_the_columns_stays_below_them() -> None:
    rows = [("one of the left lines", "one of the right lines")] * 5
    wide = "a line below that goes over both of the columns of the page and has no gap"
    extraction = extract(across(*rows, (wide, "")), Limits())
    assert extraction.text.split("\n") == [row[0] for row in rows] + [row[1] for row in rows] + [
        wide
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("Apples", "three pieces of them")] * 6,
        [("left column has words", "right column has words")] * 4,
        [("a left column of words", "and one to its right")] * 4
        + [("a line that is far too long for the column that it is in and goes on", "")],
    ],
    ids=["table", "few lines", "no strip"],
)
def test_what_may_be_a_table_stays_as_it_is_drawn(rows: list[tuple[str, str]]) -> None:
    expected = "\n".join(" ".join(filter(None, row)) for row in rows)
    assert extract(across(*rows), Limits()).text == expected


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
