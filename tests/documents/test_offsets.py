"""Offsets are converted between code points, UTF-16 units and UTF-8 bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.offsets import (
    STRETCH,
    OffsetInsideCharacter,
    OffsetUnit,
    from_code_points,
    to_code_points,
)
from tests.documents.alphabets import texts_of_all_kinds

units = st.sampled_from(OffsetUnit)
NEAR = st.integers(-2, 2)


def length_in(unit: OffsetUnit, text: str) -> int:
    """Return the length of a text by another way than the one that is tested."""
    widths = {
        OffsetUnit.CODE_POINTS: lambda _: 1,
        OffsetUnit.UTF16: lambda point: 1 if point < 0x10000 else 2,
        OffsetUnit.UTF8: lambda point: 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF),
    }
    return sum(widths[unit](ord(character)) for character in text)


@pytest.mark.parametrize(
    ("text", "utf16", "utf8"),
    [
        ("", 0, 0),
        ("Ada", 3, 3),
        ("é", 1, 2),
        ("e\u0301", 2, 3),
        ("日本", 2, 6),
        ("שלום", 4, 8),
        ("\r\n", 2, 2),
        ("👩‍🔬", 5, 11),
        ("👨‍👩‍👧‍👦", 11, 25),
        ("\U0010ffff", 2, 4),
    ],
)
def test_lengths_are_those_of_the_encodings(text: str, utf16: int, utf8: int) -> None:
    assert from_code_points(text, len(text), OffsetUnit.UTF16) == utf16
    assert from_code_points(text, len(text), OffsetUnit.UTF8) == utf8
    assert to_code_points(text, utf16, OffsetUnit.UTF16) == len(text)
    assert to_code_points(text, utf8, OffsetUnit.UTF8) == len(text)


@given(text=texts_of_all_kinds, unit=units, data=st.data())
def test_every_offset_comes_back(text: str, unit: OffsetUnit, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    converted = from_code_points(text, offset, unit)
    assert converted == length_in(unit, text[:offset])
    assert to_code_points(text, converted, unit) == offset


@settings(max_examples=25)
@given(part=texts_of_all_kinds.filter(bool), unit=units, data=st.data())
def test_every_offset_into_a_long_text_comes_back(
    part: str, unit: OffsetUnit, data: st.DataObject
) -> None:
    text = part * (4 * STRETCH // len(part) + 1)
    near_a_seam = st.builds(lambda seam, by: seam * STRETCH + by, st.integers(0, 3), NEAR)
    offset = data.draw(near_a_seam | st.integers(0, len(text)))
    offset = min(max(offset, 0), len(text))
    converted = from_code_points(text, offset, unit)
    assert converted == length_in(unit, text[:offset])
    assert to_code_points(text, converted, unit) == offset


@given(text=texts_of_all_kinds, unit=units)
def test_an_offset_is_between_characters_or_refused(text: str, unit: OffsetUnit) -> None:
    between = {from_code_points(text, offset, unit): offset for offset in range(len(text) + 1)}
    for offset in range(length_in(unit, text) + 1):
        if offset in between:
            assert to_code_points(text, offset, unit) == between[offset]
        else:
            with pytest.raises(OffsetInsideCharacter, match=f"Offset {offset} lies inside"):
                to_code_points(text, offset, unit)


@given(text=texts_of_all_kinds, unit=units, excess=st.integers(1, 2**31))
def test_an_offset_beyond_either_end_of_the_text_stays_beyond_it(
    text: str, unit: OffsetUnit, excess: int
) -> None:
    beyond = to_code_points(text, length_in(unit, text) + excess, unit)
    assert beyond == len(text) + excess
    assert to_code_points(text, -excess, unit) == -excess


def test_an_offset_after_the_end_counts_as_the_end() -> None:
    text = "é" * STRETCH
    for unit, length in ((OffsetUnit.UTF16, STRETCH), (OffsetUnit.UTF8, 2 * STRETCH)):
        assert from_code_points(text, 9 * STRETCH, unit) == length


def test_an_offset_inside_a_surrogate_pair_tells_itself() -> None:
    with pytest.raises(OffsetInsideCharacter) as caught:
        to_code_points("a\U0001d538", 2, OffsetUnit.UTF16)
    assert caught.value.offset == 2
