"""What a client says of a span is held against the text."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotations.anchoring import CONTEXT, Anchor, AnchorError, anchor
from documents.offsets import OffsetUnit, from_code_points
from tests.documents.alphabets import texts_of_all_kinds

TEXT = "Ada \U0001f469\u200d\U0001f52c e\u0301 end"
units = st.sampled_from(OffsetUnit)


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    """Draw a text with a span in it."""
    text = draw(texts_of_all_kinds.filter(bool))
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


def test_an_anchor_keeps_what_the_text_says() -> None:
    found = anchor(TEXT, start=4, end=9, unit=OffsetUnit.UTF16)
    assert found == Anchor(4, 7, "\U0001f469\u200d\U0001f52c", "Ada ", " e\u0301 end")


def test_the_surroundings_are_bounded() -> None:
    found = anchor("a" * 100 + "Ada" + "b" * 100, start=100, end=103, quote="Ada")
    assert (found.prefix, found.suffix) == ("a" * CONTEXT, "b" * CONTEXT)


@given(span=spans(), unit=units)
def test_every_span_comes_back_in_every_unit(span: tuple[str, int, int], unit: OffsetUnit) -> None:
    text, first, last = span
    start, end = (from_code_points(text, offset, unit) for offset in (first, last))
    found = anchor(text, start=start, end=end, quote=text[first:last], unit=unit)
    assert (found.start, found.end, found.quote) == (first, last, text[first:last])
    before, after = text[:first], text[last:]
    assert before.endswith(found.prefix)
    assert after.startswith(found.suffix)
    assert len(found.prefix) == min(CONTEXT, len(before))
    assert len(found.suffix) == min(CONTEXT, len(after))
    assert found == anchor(text, start=first, end=last)


@given(span=spans(), unit=units, quote=st.text())
def test_no_other_quote_gets_in(span: tuple[str, int, int], unit: OffsetUnit, quote: str) -> None:
    text, first, last = span
    assume(quote != text[first:last])
    start, end = (from_code_points(text, offset, unit) for offset in (first, last))
    with pytest.raises(AnchorError) as caught:
        anchor(text, start=start, end=end, quote=quote, unit=unit)
    assert (caught.value.member, caught.value.code) == ("quote", "quote_mismatch")


@given(text=texts_of_all_kinds, start=st.integers(-9, 99), end=st.integers(-9, 99), unit=units)
def test_offsets_fit_or_are_refused(text: str, start: int, end: int, unit: OffsetUnit) -> None:
    places = {from_code_points(text, offset, unit): offset for offset in range(len(text) + 1)}
    if start in places and end in places and start < end:
        found = anchor(text, start=start, end=end, unit=unit)
        assert (found.start, found.end) == (places[start], places[end])
        assert found.quote == text[found.start : found.end] != ""
        return
    with pytest.raises(AnchorError) as caught:
        anchor(text, start=start, end=end, unit=unit)
    assert caught.value.code in {"offset_out_of_range", "offset_inside_character"}
    assert caught.value.member in {"start", "end"}


OUTSIDE = [(3, 3), (4, 3), (0, 15), (14, 15), (2**31, 2**31 + 1), (-1, 3), (-3, -1)]


LENGTHS = {OffsetUnit.CODE_POINTS: 14, OffsetUnit.UTF16: 16, OffsetUnit.UTF8: 23}


@pytest.mark.parametrize(("start", "end"), OUTSIDE)
def test_a_span_outside_of_the_text_tells_what_was_expected(start: int, end: int) -> None:
    with pytest.raises(AnchorError) as caught:
        anchor(TEXT, start=start, end=end)
    assert (caught.value.member, caught.value.code) == ("end", "offset_out_of_range")
    expected = f"Expected 0 ≤ start < end ≤ 14 in code_points, found {start} and {end}."
    assert caught.value.detail == expected


@pytest.mark.parametrize(("unit", "length"), LENGTHS.items())
def test_what_was_expected_is_told_in_the_unit_of_the_offsets(
    unit: OffsetUnit, length: int
) -> None:
    assert anchor(TEXT, start=0, end=length, unit=unit).quote == TEXT
    with pytest.raises(AnchorError, match=f"end ≤ {length} in {unit}, found 0 and {length + 1}"):
        anchor(TEXT, start=0, end=length + 1, unit=unit)


@pytest.mark.parametrize(("start", "end", "member"), [(5, 9, "start"), (4, 5, "end")])
def test_an_offset_inside_a_surrogate_pair_tells_which(start: int, end: int, member: str) -> None:
    with pytest.raises(AnchorError) as caught:
        anchor(TEXT, start=start, end=end, unit=OffsetUnit.UTF16)
    assert (caught.value.member, caught.value.code) == (member, "offset_inside_character")
    assert str(caught.value) == "Offset 5 lies inside a character."


def test_a_mismatch_shows_both_quotes() -> None:
    with pytest.raises(AnchorError) as caught:
        anchor(TEXT, start=0, end=3, quote="Adá")
    assert caught.value.detail == "The text between the offsets is 'Ada', not 'Adá'."


def test_a_combining_character_is_no_composed_one() -> None:
    with pytest.raises(AnchorError, match="not 'é'"):
        anchor(TEXT, start=8, end=10, quote="\u00e9")
    assert anchor(TEXT, start=8, end=10, quote="e\u0301").quote == "e\u0301"


def test_a_mismatch_of_long_quotes_stays_short() -> None:
    with pytest.raises(AnchorError) as caught:
        anchor("a" * 5000, start=0, end=5000, quote="b" * 61)
    found, sent = f"{'a' * 40}…{'a' * 19}", f"{'b' * 40}…{'b' * 19}"
    assert caught.value.detail == f"The text between the offsets is {found!r}, not {sent!r}."
