"""What two texts have in common is told truly, in order, and as people would say it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.anchoring.alignment import Alignment
from annotations.anchoring.boundaries import settled
from annotations.anchoring.difference import MOST_EDITS, stretches
from annotations.anchoring.stretch import Stretch
from tests.documents.alphabets import texts_of_all_kinds

few = st.text("ab \n", max_size=12)
texts = texts_of_all_kinds | few


def kept(old: str, new: str) -> list[str]:
    """Return the texts of the stretches that have a length."""
    found, _ = settled(old, new, stretches(old, new))
    return [old[one.old : one.old_end] for one in found if one.length]


@settings(deadline=None)
@given(old=texts, new=texts)
def test_a_stretch_is_the_same_in_both_texts_and_they_come_in_order(old: str, new: str) -> None:
    told = stretches(old, new)
    for found in (told, settled(old, new, told)[0]):
        assert (found[0].old, found[0].new) == (0, 0)
        assert (found[-1].old_end, found[-1].new_end) == (len(old), len(new))
        for one in found:
            assert old[one.old : one.old_end] == new[one.new : one.new_end]
        for before, after in pairwise(found):
            assert before.old_end <= after.old
            assert before.new_end <= after.new
            assert before.old_end < after.old or before.new_end < after.new


@settings(deadline=None)
@given(text=texts)
def test_a_text_is_as_a_whole_in_itself(text: str) -> None:
    assert stretches(text, text) == [Stretch(0, 0, len(text))]


@settings(deadline=None)
@given(before=few, changed=st.text("ab \n", min_size=1), after=few)
def test_one_change_takes_as_many_characters_as_it_has(
    before: str, changed: str, after: str
) -> None:
    short, long = before + after, before + changed + after
    assert sum(map(len, kept(short, long))) == len(short)
    assert sum(map(len, kept(long, short))) == len(short)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Ann Smith, Ann Jones", "Ann Jones", ["Ann Jones"]),
        ("Ann Jones", "Ann Smith, Ann Jones", ["Ann Jones"]),
        ("row 101\nrow 102\nrow 103\n", "row 101\nrow 103\n", ["row 101\n", "row 103\n"]),
        ("a very good day", "a good day", ["a ", "good day"]),
        ("one two three", "one two, three", ["one two", " three"]),
        ("read", "bread", ["read"]),
        ("", "new", []),
    ],
)
def test_what_changed_is_told_by_lines_and_words(old: str, new: str, expected: list[str]) -> None:
    assert kept(old, new) == expected


def test_letters_that_unlike_passages_share_are_no_stretch() -> None:
    old, new = "He said: absolutely not. Bye.", "He said: yes, of course. Bye."
    assert kept(old, new) == ["He said: ", ". Bye."]


def words(count: int, seed: int) -> list[str]:
    """Return made-up words, most of them several times."""
    letters = random.Random(seed)
    known = ["".join(letters.choices("aeionrst", k=letters.randint(3, 9))) for _ in range(count)]
    return known + letters.choices(known, k=count)


@pytest.mark.parametrize("space", [" ", "\n"])
def test_long_texts_are_told_by_what_each_has_once(space: str) -> None:
    before, moved, after = (space.join(words(3_000, seed)) for seed in range(3))
    inner = Alignment(before + moved + after, f"X{before}ABC{after}Y")
    start = len(before) + len(moved)
    assert inner.kept(0, len(before)).shifts == [1]
    assert inner.kept(start, start + len(after)).shifts == [4 - len(moved)]


def test_long_texts_without_a_word_are_told_by_character() -> None:
    letters = random.Random(1)
    old = "".join(letters.choices("ACGT", k=50_000))
    new = f"{old[:9]}A{old[9:20_000]}{old[20_010:45_000]}GATTACA{old[45_000:]}A"
    assert 50_000 - 15 < sum(map(len, kept(old, new))) <= 50_000 - 10


def test_texts_with_too_many_edits_are_told_as_different() -> None:
    letters = random.Random(1)
    one, other = ("".join(letters.choices(some, k=2 * MOST_EDITS)) for some in ("abc", "xyz"))
    assert kept(f"({one})", f"({other})") == ["(", ")"]
    few_pairs = 1_000
    assert kept(f"({one[:few_pairs]})", f"({other[:few_pairs]})") == ["(", ")"]


def test_stretches_that_crossed_count_once() -> None:
    one, two, three = (" ".join(sorted(set(words(2_000, seed)))) + "\n" for seed in range(3))
    assert kept(one + two + three, two + one + three) in ([two, three], [one, three])


@settings(deadline=None)
@given(old=texts, new=texts, data=st.data())
def test_every_place_has_one_in_the_new_text(old: str, new: str, data: st.DataObject) -> None:
    alignment = Alignment(old, new)
    places = [alignment.place(place) for place in range(len(old) + 1)]
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] <= len(new)
    for start in range(len(old)):
        end = data.draw(st.integers(start + 1, len(old)))
        first, last = alignment.replacement(start, end)
        assert 0 <= first <= last <= len(new)
        left = alignment.remains(start, end)
        if left:
            assert first <= left.start < left.end <= last
            assert 0 <= left.edits <= max(end - start, left.end - left.start)


def test_what_is_left_of_a_span_ends_where_the_change_or_what_is_kept_does() -> None:
    text = "The old and wise Ada Lovelace, the first of them, lives here in Turin."
    changed = text.replace("Ada", "Countess").replace("first of", "very best of all")
    alignment = Alignment(text, changed)

    def left(of: str) -> str | None:
        start = text.index(of)
        found = alignment.remains(start, start + len(of))
        return found and changed[found.start : found.end]

    assert left("Ada Lovelace") == "Countess Lovelace"
    assert left("wise Ada") == "wise Countess"
    assert left("da Lovelace") == " Lovelace"
    assert left("wise Ad") == "wise "
    assert left("Ada") is None
    assert left("here in") == "here in"
