from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.ingest import Limits, segments
from documents.ingest.plain import extract
from documents.ingest.segments import sentences, words
from tests.documents.ingest.languages import ARABIC, CHINESE, JAPANESE


def held(text: str, spans: object) -> list[str]:
    return [text[start:end] for start, end in spans]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two? 3.5 three!", ["One.", "Two?", "3.5 three!"]),
        ("a\n\nb\r\nc", ["a", "b", "c"]),
        ("今朝は雨。傘を持つ。", ["今朝は雨。", "傘を持つ。"]),
        (ARABIC, [part.strip() + "." for part in ARABIC.split(".") if part]),
        ("  ", []),
        ('... \n--\n"Yes." --', ['"Yes." --']),
    ],
)
def test_sentences_end_where_unicode_says(text: str, expected: list[str]) -> None:
    assert held(text, sentences(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can't stop, 3.14", ["can't", "stop", ",", "3.14"]),
        ("👩‍👩‍👧 hi🇩🇪🇫🇷", ["👩‍👩‍👧", "hi", "🇩🇪", "🇫🇷"]),
        ("カタカナと漢字", ["カタカナ", "と", "漢", "字"]),
        ("مسبقاً نلتقي", ["مسبقاً", "نلتقي"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
    ],
)
def test_words_are_what_unicode_says(text: str, expected: list[str]) -> None:
    assert held(text, words(text)) == expected


def test_a_part_may_be_asked_for() -> None:
    text = "One two. Three four."
    assert held(text, words(text, 4, 14)) == ["two", ".", "Three"]
    assert held(text, sentences(text, 4)) == ["two.", "Three four."]


def test_a_long_text_is_segmented_in_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "STRETCH", 10)
    text = "one two\nthree fours\nabcdefghijkl"
    assert held(text, words(text)) == ["one", "two", "three", "fours", "abcdefghij", "kl"]


def test_words_are_whole_wherever_a_part_begins_and_ends() -> None:
    text = "can't 3.14 e\u0301t 👩\u200d🔬 漢字"
    whole = list(words(text))
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            expected = [word for word in whole if start <= word[0] < end]
            assert list(words(text, start, end)) == expected


def test_a_word_is_looked_for_so_far_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "FARTHEST", 3)
    assert held("abcdefghijkl", words("abcdefghijkl", 6, 8)) == []
    assert held("abc", words("abc", 0, 1)) == ["abc"]


def test_sentences_of_prose_are_in_the_layout() -> None:
    extraction = extract(f"{JAPANESE}\n\n{CHINESE}".encode(), Limits())
    assert len(extraction.layout["sentences"]) == 6
    assert extract(b"a,b\n1,2. Two.", Limits()).layout["sentences"] == []


def test_sentences_beyond_the_limit_are_not_in_the_layout() -> None:
    extraction = extract(b"One. Two. Three.", Limits(sentences=2))
    assert extraction.layout["sentences"] == [[0, 4], [5, 9]]
    assert extraction.notes == ["sentences beyond the first 2 are not in the layout"]
    assert extract(b"One. Two.", Limits(sentences=2)).notes == []


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(".\n\"' a")))
def test_segments_ascend_and_hold_all_but_white_space(text: str) -> None:
    for found in (list(sentences(text)), list(words(text))):
        assert all(start < end for start, end in found)
        assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert "".join("".join(held(text, words(text))).split()) == "".join(text.split())
    said = "".join(held(text, sentences(text)))
    assert re.sub(r"[\W_]", "", said) == re.sub(r"[\W_]", "", text)
