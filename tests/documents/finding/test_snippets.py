"""Which parts of a text are shown."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from documents.finding.occurrences import Found, fold, literals, words
from documents.finding.snippets import CHARACTERS, SNIPPETS, choose

TEXTS = st.text(alphabet=st.sampled_from("ab é\u0301\n東😀"), max_size=600)


@st.composite
def texts_with_places(draw: st.DrawFn) -> tuple[str, list[Found]]:
    text = draw(TEXTS.filter(bool))
    ends = st.integers(0, len(text) - 1)
    places = draw(st.lists(st.tuples(ends, st.integers(1, 300), st.sampled_from("xyz"))))
    return text, [Found(at, min(at + size, len(text)), what) for at, size, what in places]


@given(texts_with_places())
def test_parts_hold_what_was_found_and_lie_apart(given_: tuple[str, list[Found]]) -> None:
    text, found = given_
    chosen = choose(text, found)
    assert bool(chosen) == bool(found)
    assert len(chosen) <= SNIPPETS
    for before, after in pairwise(chosen):
        assert before.end <= after.start
    places = {(one.start, one.end) for one in found}
    for snippet in chosen:
        assert 0 <= snippet.start <= snippet.matches[0][0]
        assert snippet.matches[-1][1] <= snippet.end <= len(text)
        assert set(snippet.matches) <= places
        longest = max(end - start for start, end in snippet.matches)
        assert snippet.end - snippet.start <= max(CHARACTERS, longest)


def test_the_richest_part_is_chosen() -> None:
    text = "a" * 5000
    lone = [Found(at, at + 1, "x") for at in (0, 1000, 2000, 3000)]
    rich = [Found(4000, 4001, "x"), Found(4100, 4101, "y")]
    chosen = choose(text, lone + rich)
    assert chosen[-1].matches == ((4000, 4001), (4100, 4101))
    assert [snippet.matches[0][0] for snippet in chosen] == [0, 1000, 4000]


def test_parts_begin_and_end_with_words() -> None:
    text = "lorem ipsum " * 50
    [snippet] = choose(text, [Found(300, 305, "lorem")])
    assert text[snippet.start - 1] == text[snippet.end] == " "


@given(st.text())
def test_a_folded_text_is_as_long(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(TEXTS, st.text(alphabet="ab東", min_size=1, max_size=3))
def test_literals_stand_where_they_are_found(text: str, literal: str) -> None:
    found = list(literals(text, literal))
    assert all(text[one.start : one.end].lower() == literal for one in found)
    assert bool(found) == (literal in text.lower())


def test_words_worth_asking_about() -> None:
    found = [one.what for one in words("Running runs rerun; ran.", ["run"], any_beginning=False)]
    assert found == ["Running", "runs", "rerun", "ran"]
    asked = [one.what for one in words("Family famous.", ["famili"], any_beginning=False)]
    assert asked == ["Family"]
    assert [one.what for one in words("x Öl", ["ol"], any_beginning=True)] == ["x", "Öl"]


def test_no_mark_is_parted_from_its_letter() -> None:
    text = "e\u0301" * 300
    [snippet] = choose(text, [Found(301, 303, "x")])
    assert text[snippet.start] == "e"
    assert text[snippet.end] == "e"
    [snippet] = choose(text, [Found(300, 302, "x")])
    assert text[snippet.start] == "e"
