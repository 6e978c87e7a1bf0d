"""Where a text may be cut, and what its words are."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.sample.boundaries import is_boundary, words

TRICKY = st.text(
    st.one_of(
        st.sampled_from("a b\n\r.-'\u0301\u200d\u200c\ufe0f👍🏽🇯🇵क्षि字あ€\U000e0067\U000e007f"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    "whole",
    ["e\u0301", "👍🏽", "👩‍🚒", "🇯🇵", "क्षि", "❤️", "\r\n", "🏴\U000e0067\U000e007f", "葛\U000e0100"],
)
def test_a_visible_character_is_never_cut(whole: str) -> None:
    text = f"a{whole}b"
    cuts = [index for index in range(len(text) + 1) if is_boundary(text, index)]
    assert cuts == [0, 1, 1 + len(whole), 2 + len(whole)]


def test_flags_are_cut_in_pairs() -> None:
    assert [index for index in range(5) if is_boundary("🇯🇵🇧🇷", index)] == [0, 2, 4]


def test_a_virama_before_a_space_ends_the_character() -> None:
    assert is_boundary("क् ख", 2)


def test_lines_are_cut_before_a_stray_mark() -> None:
    assert is_boundary("a\n\u0301", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Ines (Kiel), mid-June!", ["Dr", "Ines", "Kiel", "mid-June"]),
        ("東京へ go 👍🏽👍🏽", ["東", "京", "へ", "go", "👍🏽", "👍🏽"]),
        ("नीलगढ़ में…", ["नीलगढ़", "में"]),
        ("𠮷田x", ["𠮷", "田", "x"]),
        (" -- ", []),
        ("", []),
    ],
)
def test_words_leave_out_spaces_and_punctuation(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in words(text, 0, len(text))] == expected


def test_words_are_sought_in_the_given_part_alone() -> None:
    assert words("one two three", 4, 8) == [(4, 7)]


@settings(deadline=None)
@given(TRICKY)
def test_words_are_whole_in_order_and_hold_no_space(text: str) -> None:
    found = words(text, 0, len(text))
    assert found == sorted(found)
    for (_, end), (start, _) in pairwise(found):
        assert end <= start
    for start, end in found:
        assert start < end
        assert is_boundary(text, start)
        assert is_boundary(text, end)
        assert not text[start].isspace()
