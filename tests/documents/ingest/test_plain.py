from __future__ import annotations

import codecs
import platform

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.plain import extract
from tests.documents.ingest.layouts import assert_sound, held

WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]) | st.sampled_from("\r\n")
)


def test_text_comes_out_as_it_is() -> None:
    text = "First line\r\nsecond\tline \n\n\r\n  Indented 😀\n \t\nLast\n"
    extraction = extract(text.encode(), Limits())
    assert extraction.text == text
    assert extraction.media_type == "text/plain"
    assert extraction.notes == []
    assert extraction.metadata == {}
    assert (extraction.extractor, extraction.extractor_version) == (
        "python",
        platform.python_version(),
    )


def test_blank_lines_part_paragraphs() -> None:
    text = "\n\nFirst line\r\nsecond line\r\n\r\n  Indented 😀\n \t\nThird\r\rFourth\n"
    assert held(extract(text.encode(), Limits())) == [
        ("paragraph", None, "First line\r\nsecond line"),
        ("paragraph", None, "Indented 😀"),
        ("paragraph", None, "Third"),
        ("paragraph", None, "Fourth"),
    ]


def test_nul_and_lone_surrogates_are_replaced_one_for_one() -> None:
    content = codecs.BOM_UTF16_LE + "a\0b\0c\ud800d".encode("utf_16_le", "surrogatepass")
    extraction = extract(content, Limits())
    assert extraction.text == "a\ufffdb\ufffdc\ufffdd"
    assert extraction.notes == [
        "encoding: utf-16le",
        "byte order mark left out",
        "2 NUL characters replaced by U+FFFD",
        "1 lone surrogates replaced by U+FFFD",
    ]


@pytest.mark.parametrize(
    ("content", "limits", "code"),
    [
        (b" \r\n\t\n", Limits(), ErrorCode.NO_TEXT_FOUND),
        (b"\xef\xbb\xbf", Limits(), ErrorCode.NO_TEXT_FOUND),
        (b"abcd", Limits(characters=3), ErrorCode.TOO_LARGE),
        (bytes(range(256)) * 9, Limits(), ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_what_is_no_text_says_why(content: bytes, limits: Limits, code: ErrorCode) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(content, limits)
    assert caught.value.code == code


@settings(deadline=None)
@given(
    WORDS.filter(lambda text: text.strip("\ufeff").strip()), st.sampled_from(["utf_8", "utf_16"])
)
def test_any_text_comes_back_with_a_sound_layout(text: str, codec: str) -> None:
    extraction = extract(text.encode(codec), Limits())
    assert extraction.text == (text.removeprefix("\ufeff") if codec == "utf_8" else text)
    assert_sound(extraction)
    assert "".join("".join(part.split()) for _, _, part in held(extraction)) == "".join(
        extraction.text.split()
    )
