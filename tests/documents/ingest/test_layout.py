from __future__ import annotations

from typing import Any

import pytest

from documents.ingest import ExtractionError, Limits
from documents.ingest.layout import Block, Blocks, Composer, is_sound


def block(start: int, end: int, kind: str = "paragraph") -> Block:
    return {"kind": kind, "start": start, "end": end}


def test_blocks_lose_the_white_space_at_their_ends() -> None:
    blocks = Blocks(Limits())
    blocks.add("heading", 0, 5, 2)
    blocks.add("paragraph", 5, 8)
    assert blocks.within(" a b \n\n ") == [{"kind": "heading", "start": 1, "end": 4, "level": 2}]
    assert blocks.notes() == []


def test_blocks_beyond_the_limit_are_counted_only() -> None:
    blocks = Blocks(Limits(blocks=1))
    for start in range(3):
        blocks.add("paragraph", start, start + 1)
    assert blocks.within("abc") == [block(0, 1)]
    assert blocks.notes() == ["2 blocks beyond the first 1 are not in the layout"]


def test_a_text_is_composed_up_to_the_limit() -> None:
    composer = Composer(Limits(characters=3))
    composer.write("a😀")
    composer.write("b")
    assert (composer.text(), composer.length) == ("a😀b", 3)
    with pytest.raises(ExtractionError):
        composer.write("c")


@pytest.mark.parametrize(
    ("layout", "sound"),
    [
        ({"pages": [[0, 2], [2, 2], [3, 5]], "blocks": [block(0, 2), block(2, 5)]}, True),
        ({"pages": [], "blocks": []}, True),
        ({"pages": [], "blocks": [block(2, 2)]}, False),
        ({"pages": [], "blocks": [block(3, 6)]}, False),
        ({"pages": [], "blocks": [block(-1, 2)]}, False),
        ({"pages": [], "blocks": [block(0, 3), block(2, 4)]}, False),
        ({"pages": [], "blocks": [block(0, 3, "script")]}, False),
        ({"pages": [[3, 2]], "blocks": []}, False),
        ({"pages": [[0, 9]], "blocks": []}, False),
        ({"pages": [[0.5, 2]], "blocks": []}, False),
        ({"pages": [], "blocks": [block(0, 2) | {"level": 3}]}, True),
        ({"pages": [], "blocks": [block(0, 2) | {"level": "3"}]}, False),
        ({"pages": [], "blocks": [block(0, 2) | {"level": -1}]}, False),
        ({"pages": [], "blocks": [block(0, 2) | {"more": 1}]}, False),
        ({"pages": [], "blocks": [], "more": []}, False),
    ],
)
def test_a_sound_layout_is_ordered_disjoint_and_within_the_text(
    layout: dict[str, Any], *, sound: bool
) -> None:
    assert is_sound(layout, 5) is sound
