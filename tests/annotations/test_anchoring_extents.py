"""What is taken of a text is taken once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from annotations.anchoring import Extents, stretches


@st.composite
def parts(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Draw the stretches of one annotation, which ascend and do not touch."""
    bounds = draw(st.lists(st.integers(0, 40), min_size=2, max_size=6, unique=True).map(sorted))
    return list(zip(bounds[::2], bounds[1::2], strict=False))


def covered(given_parts: list[tuple[int, int]]) -> set[int]:
    return {at for start, end in given_parts for at in range(start, end)}


@given(several=st.lists(parts(), max_size=12))
def test_who_is_in_the_way_is_whoever_covers_the_same_character(
    several: list[list[tuple[int, int]]],
) -> None:
    extents: Extents[int] = Extents()
    kept: dict[int, set[int]] = {}
    for key, wanted in enumerate(several):
        in_the_way = {one for one, taken in kept.items() if taken & covered(wanted)}
        found = extents.take(key, wanted)
        if in_the_way:
            assert found in in_the_way
        else:
            assert found is None
            kept[key] = covered(wanted)


def test_what_is_on_no_span_takes_nothing() -> None:
    assert stretches(None, None, None) == []
    assert stretches(1, 9, None) == [(1, 9)]
    assert stretches(1, 9, [[1, 3], [7, 9]]) == [[1, 3], [7, 9]]
