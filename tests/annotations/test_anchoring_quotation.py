"""A quote with what stands around it finds its one place, in any text and unit."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotations.anchoring import AmbiguousQuote, AnchorError, anchor, check_around, locate
from annotations.anchoring.quotation import CANDIDATES
from documents.offsets import OffsetUnit, to_code_points
from tests.documents.alphabets import texts_of_all_kinds

units = st.sampled_from(OffsetUnit)


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    """Draw a text with a span in it."""
    text = draw(texts_of_all_kinds.filter(bool))
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


def places(text: str, quote: str) -> list[int]:
    """Return where a quote stands, found without the module."""
    return [at for at in range(len(text)) if text[at : at + len(quote)] == quote]


@given(span=spans())
def test_a_quote_between_all_that_is_around_it_is_found_where_it_was(
    span: tuple[str, int, int],
) -> None:
    text, start, end = span
    found = locate(text, text[start:end], prefix=text[:start], suffix=text[end:])
    assert found == anchor(text, start=start, end=end)


@given(span=spans(), unit=units)
def test_a_quote_is_found_at_its_only_place_or_its_places_are_told(
    span: tuple[str, int, int], unit: OffsetUnit
) -> None:
    text, start, end = span
    quote, expected = text[start:end], places(text, text[start:end])
    try:
        found = locate(text, quote, unit=unit)
    except AmbiguousQuote as error:
        told = [
            (to_code_points(text, one.start, unit), to_code_points(text, one.end, unit))
            for one in error.candidates
        ]
        assert told == [(at, at + len(quote)) for at in expected][:CANDIDATES]
        for (first, last), one in zip(told, error.candidates, strict=True):
            assert text[:first].endswith(one.prefix)
            assert text[last:].startswith(one.suffix)
    else:
        assert expected == [found.start] == [start]
        assert found == anchor(text, start=start, end=end)


@given(text=texts_of_all_kinds, quote=st.text(min_size=1))
def test_what_does_not_stand_there_is_not_found(text: str, quote: str) -> None:
    assume(quote not in text)
    with pytest.raises(AnchorError) as caught:
        locate(text, quote)
    assert (caught.value.member, caught.value.code) == ("quote", "quote_not_found")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),  # composed is not decomposed
        ("a\r\nb", "a\nb"),
        ("Ada", "ada"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05dd\u05d5\u05dc\u05e9"),
    ],
)
def test_nothing_is_normalised(text: str, quote: str) -> None:
    with pytest.raises(AnchorError, match="does not stand in the text"):
        locate(text, quote)


def test_places_may_overlap() -> None:
    with pytest.raises(AmbiguousQuote) as caught:
        locate("aaa", "aa")
    assert [(one.start, one.end) for one in caught.value.candidates] == [(0, 2), (1, 3)]
    assert str(caught.value) == "'aa' stands at 2 places; send a prefix, a suffix or offsets."


def test_candidates_are_bounded() -> None:
    with pytest.raises(AmbiguousQuote, match="more than 10 places") as caught:
        locate("a" * 100_000, "a")
    assert len(caught.value.candidates) == CANDIDATES


def test_what_stands_around_decides() -> None:
    text = "Ada met Ada."
    assert locate(text, "Ada", suffix=" m").start == 0
    assert locate(text, "Ada", prefix="t ").start == 8
    with pytest.raises(AnchorError, match="but not between this prefix and suffix"):
        locate(text, "Ada", prefix="x")


@given(span=spans(), size=st.integers(0, 40), other=st.text(min_size=1, max_size=5))
def test_what_is_said_to_stand_around_is_checked(
    span: tuple[str, int, int], size: int, other: str
) -> None:
    text, start, end = span
    found = anchor(text, start=start, end=end)
    before, after = text[max(0, start - size) : start], text[end : end + size]
    check_around(text, found, prefix=before, suffix=after)
    for told, member in (({"prefix": other, "suffix": after}, "prefix"),):
        if text[:start].endswith(other):
            continue
        with pytest.raises(AnchorError) as caught:
            check_around(text, found, **told)
        assert (caught.value.member, caught.value.code) == (member, f"{member}_mismatch")
    if not text[end:].startswith(other):
        with pytest.raises(AnchorError, match="The text there is"):
            check_around(text, found, prefix=before, suffix=other)
