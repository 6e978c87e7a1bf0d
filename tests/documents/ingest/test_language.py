from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.ingest import describe_text
from documents.ingest.language import detect, words
from tests.documents.ingest import languages


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (languages.JAPANESE, "ja"),
        (languages.CHINESE, "zh"),
        (languages.KOREAN, "ko"),
        (languages.RUSSIAN, "ru"),
        (languages.UKRAINIAN, "uk"),
        (languages.GREEK, "el"),
        (languages.HEBREW, "he"),
        (languages.ARABIC, "ar"),
        (languages.THAI, "th"),
        (languages.TURKISH, "tr"),
        (languages.FRENCH, "fr"),
        (languages.GERMAN, "de"),
        (languages.CZECH, "cs"),
        (languages.POLISH, "pl"),
        (languages.HUNGARIAN, "hu"),
        (languages.PORTUGUESE, "pt"),
        (languages.GERMAN.split("\n", maxsplit=1)[0].upper(), "de"),
        ("Please read the papers first.", "en"),
        ("読んでください", "ja"),
        ("D'Katz het hüt nüt gfrässe, will si chrank gsi isch und gschlafe het.", "gsw"),
    ],
)
def test_languages_are_told_by_their_tags(text: str, tag: str) -> None:
    found = detect(text)
    assert found is not None
    assert found.tag == tag
    assert 0.5 <= found.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "12 345 678 901 234",
        "😀😀😀😀",
        "https://example.org/a-long-path",
        "日本",
        "John Smith Jr.",
    ],
)
def test_what_is_short_or_unclear_has_none(text: str) -> None:
    assert detect(text) is None


PIECES = [*"aé名@.(1_\n²٣\x1c", "bc", " ", "http://", "https://", "\u2003", "_@"]
NO_WORDS = re.compile(r"https?://\S+|\S+@\S+|[\W\d_]+")


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_words_are_what_is_no_address_number_or_sign(text: str) -> None:
    text = f"a {text}"
    assert words(text) == " ".join(NO_WORDS.sub(" ", text).split())


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["@" + "a" * 10**6, "a@" * 10**6, "://a" * 10**6])
def test_no_text_takes_long_to_part_into_words(text: str) -> None:
    words(text)


def test_the_same_text_has_the_same_language() -> None:
    assert len({detect(languages.CROATIAN) for _ in range(5)}) == 1


def test_an_extraction_says_its_language_or_nothing() -> None:
    french = describe_text(languages.FRENCH, "text/plain")
    assert french.language == "fr"
    assert french.language_confidence is not None
    unclear = describe_text("ok", "text/plain")
    assert (unclear.language, unclear.language_confidence) == (None, None)


def test_a_long_text_is_judged_by_parts_from_all_over_it() -> None:
    english = "She reads the morning papers and walks along the river before she goes to work. "
    found = detect(languages.GERMAN + " " + english * 30)
    assert found is not None
    assert found.tag == "en"


def test_what_is_unclear_at_a_glance_is_looked_at_longer() -> None:
    found = detect(f"{languages.CROATIAN} " * 9)
    assert found is not None
    assert found.tag == "hr"
    assert found.confidence < 0.9


def test_a_long_text_with_addresses_is_read_whole() -> None:
    found = detect("Schreiben Sie an ada@example.org oder lesen Sie https://example.org/x. " * 30)
    assert found is not None
    assert found.tag == "de"
