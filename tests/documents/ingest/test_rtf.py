from __future__ import annotations

import platform

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.rtf import extract
from tests.documents.ingest.languages import JAPANESE, RUSSIAN
from tests.documents.ingest.layouts import assert_sound, held

FONTS = (
    rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset128 MS Mincho;}"
    rb"{\f2\cpg1251 X;}{\f3\fcharset99 Y;}}"
)


def rtf(body: bytes) -> bytes:
    return rb"{\rtf1\ansi\ansicpg1252\deff0" + FONTS + body + b"}"


def text_of(body: bytes) -> str:
    return extract(rtf(body), Limits()).text


def hexed(text: str, codec: str) -> bytes:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(codec)).encode()


def test_paragraphs_are_lines() -> None:
    extraction = extract(rtf(b"One\\par Two \r\nthree\\par\\par last"), Limits())
    assert extraction.text == "One\nTwo three\n\nlast"
    assert held(extraction) == [
        ("paragraph", None, "One"),
        ("paragraph", None, "Two three"),
        ("paragraph", None, "last"),
    ]
    assert extraction.media_type == "application/rtf"
    assert extraction.extractor == "postil-rtf"
    assert extraction.extractor_version == platform.python_version()
    assert extraction.notes == []


def test_code_pages_follow_fonts_and_their_groups() -> None:
    body = b"\\'e9 {\\f1 %b}{\\f2 %b}\\f3\\'e9\\plain\\'e4" % (
        hexed("日本", "cp932"),
        hexed("При", "cp1251"),
    )
    assert text_of(body) == "é 日本Приéä"
    assert text_of(b"\\f1\\'93\\'fa\\'96{}\\'7b") != ""


@pytest.mark.parametrize(
    ("head", "text", "codec"),
    [
        (b"\\ansicpg932", JAPANESE, "cp932"),
        (b"\\ansicpg1251", RUSSIAN, "cp1251"),
        (b"\\ansicpg65001", JAPANESE, "utf_8"),
        (b"\\mac", "été", "mac_roman"),
        (b"\\pc", "été", "cp437"),
        (b"\\ansicpg1361", "\uac00", "johab"),
        (b"\\ansicpg99999", "été", "cp1252"),
    ],
)
def test_a_file_may_name_its_code_page(head: bytes, text: str, codec: str) -> None:
    content = b"{\\rtf1\\ansi" + head + b" " + hexed(text, codec) + b"}"
    assert extract(content, Limits()).text == text


def test_unicode_stands_before_what_replaces_it() -> None:
    assert text_of(rb"\u8364?x") == "€x"
    assert text_of(rb"\uc2\u8364\'80\'80x\uc0\u228y") == "€xäy"
    assert text_of(rb"\uc2\u8364?\tab{\uc1\u228?}z") == "€äz"
    assert text_of(rb"\u-10179?\u-8704?") == "😀"
    assert text_of(rb"\u99999999?\u?x") == "\ufffd\ufffdx"
    assert text_of(rb"\uc1\u8364{?}\uc-3 x") == "€?x"


def test_special_characters_are_written_out() -> None:
    body = rb"a\tab b\line c\~d\_e\-f\emdash\ldblquote\{\}\\\|" b"\\\n" rb"g\page h\'zz"
    assert (
        text_of(body)
        == "a\tb\nc\N{NO-BREAK SPACE}d\N{NON-BREAKING HYPHEN}e\N{SOFT HYPHEN}f—“{}\\\ng\nhzz"
    )


def test_what_defines_fonts_means_nothing_in_the_text() -> None:
    assert text_of(rb"\cpg1251\fcharset204\'e9") == "é"


def test_styles_and_outlines_make_headings() -> None:
    styles = (
        rb"{\stylesheet{Normal;}{\s1 heading 2;}{\s2\outlinelevel3 Mine;}{\s3 Title;}"
        rb"{\s4 Quote;}{\s5\outlinelevel9 Body;}{\*\cs6 Run;}{\s7 no end}}"
    )
    body = (
        rb"\pard\s1 A\par\pard\s2 B\par\pard\s3 C\par\pard\s4 D\par\pard\s5 E\par"
        rb"\pard\outlinelevel0 F\par\pard\s9 G\par\pard\s1\outlinelevel9 H\par"
    )
    assert held(extract(rtf(styles + body), Limits())) == [
        ("heading", 2, "A"),
        ("heading", 4, "B"),
        ("heading", 1, "C"),
        ("quote", None, "D"),
        ("paragraph", None, "E"),
        ("heading", 1, "F"),
        ("paragraph", None, "G"),
        ("paragraph", None, "H"),
    ]


def test_lists_and_tables() -> None:
    body = (
        rb"\pard\ls1\ilvl1 one\par\pard{\pntext\'b7\tab}two\par\pard\ls0 three\par"
        rb"\pard\intbl a\par b\cell{\intbl c}\nestcell d\nestrow\cell\row\row\pard after\par"
    )
    assert held(extract(rtf(body), Limits())) == [
        ("list_item", 2, "one"),
        ("list_item", 1, "two"),
        ("paragraph", None, "three"),
        ("table_row", None, "a\nb\tc\td"),
        ("paragraph", None, "after"),
    ]


def test_what_nothing_ended_is_kept() -> None:
    assert text_of(rb"\pard\intbl a\cell b") == "a\tb"
    assert text_of(rb"\pard\intbl a\par b") == "a\nb"
    assert text_of(rb"\pard\intbl a") == "a"


def test_notes_then_headers_and_footers_follow_the_body() -> None:
    body = (
        rb"{\header head\par}{\headerl head\par}{\footer foot}"
        rb"body{\footnote\pard note\par\par}\par{\shp{\*\shpinst{\sp{\sn a}{\sv b}}"
        rb"{\shptxt box\par}}{\shprslt old}}anchor\par"
    )
    assert held(extract(rtf(body), Limits())) == [
        ("paragraph", None, "body"),
        ("paragraph", None, "anchor"),
        ("paragraph", None, "box"),
        ("footnote", None, "note"),
        ("header", None, "head"),
        ("footer", None, "foot"),
    ]


def test_what_is_no_text_is_left_out() -> None:
    body = (
        rb"{\info{\title A \u228?title}{\author me}}{\colortbl;\red0;}{\*\unheard of}"
        rb"{\pict\bin4 }}{{ 00}{\object{\*\objdata 00}{\result seen}}"
        rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}"
    )
    extraction = extract(rtf(body), Limits())
    assert extraction.text == "seenlink"
    assert extraction.metadata == {"title": "A ätitle"}


def test_deleted_text_is_left_out_and_hidden_text_with_a_note() -> None:
    extraction = extract(rtf(rb"a{\deleted gone}{\v secret\v0 b}\deleted0 c"), Limits())
    assert (extraction.text, extraction.notes) == ("abc", ["hidden text left out"])


def test_a_file_that_was_cut_is_read_with_a_note() -> None:
    extraction = extract(b"\xef\xbb\xbf {\\rtf1 some {\\b text{\\footnote x\\", Limits())
    assert extraction.text == "some text\nx"
    assert extraction.notes == ["the file ends inside of a group: its end may be missing"]


def test_what_follows_the_document_is_not_of_it() -> None:
    assert extract(rtf(b"x") + b" more {\\par}", Limits()).text == "x"


def test_groups_nest_only_so_deep() -> None:
    assert text_of(b"{" * 900 + b"x" + b"}" * 900) == "x"
    with pytest.raises(ExtractionError) as caught:
        text_of(b"{" * 1_000)
    assert caught.value.code == ErrorCode.RTF_BROKEN


def test_what_gives_no_text_says_why() -> None:
    for body, limits, code in (
        (b"\\par", Limits(), ErrorCode.NO_TEXT_FOUND),
        (b"abcdef", Limits(characters=5), ErrorCode.TOO_LARGE),
    ):
        with pytest.raises(ExtractionError) as caught:
            extract(rtf(body), limits)
        assert caught.value.code == code


@settings(deadline=None)
@given(st.lists(st.sampled_from([*b"\\{}ab1-' *\r\n", *b"\\par\\u1?\\'e9\\f1\\s1"])).map(bytes))
def test_any_bytes_are_a_text_or_a_code(body: bytes) -> None:
    try:
        assert_sound(extract(rtf(body), Limits()))
    except ExtractionError as error:
        assert error.code in {ErrorCode.NO_TEXT_FOUND, ErrorCode.RTF_BROKEN}  # noqa: PT017


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back(text: str) -> None:
    units = text.encode("utf_16_le")
    numbers = (
        int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)
    )
    body = b"x" + b"".join(b"\\u%d?" % number for number in numbers)
    assert text_of(body) == f"x{text}"
