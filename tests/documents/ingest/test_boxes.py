from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.ingest.boxes import Box, Placed, Run, boxes, is_sound_geometry, runs


def placed(left: int, width: int = 50, top: int = 100) -> Placed:
    return Placed(left, top, left + width, top + 120)


def covered(start: int, end: int, *kept: Run) -> list[tuple[float, float, float, float]]:
    layout = {"geometry": [{"width": 612, "height": 792, "runs": list(kept)}]}
    return [box[1:] for box in boxes(layout, start, end)]


def test_a_run_is_the_edges_of_its_characters() -> None:
    (run,) = runs(7, [placed(720), placed(770, 30), placed(810)])
    assert run == Run(7, 100, 220, "720 50 40 50")
    assert covered(7, 8, run) == [(72.0, 10.0, 77.0, 22.0)]
    assert covered(8, 10, run) == [(77.0, 10.0, 86.0, 22.0)]
    assert covered(0, 99, run) == [(72.0, 10.0, 86.0, 22.0)]
    assert covered(0, 7, run) == covered(10, 12, run) == []


def test_a_run_may_go_from_right_to_left() -> None:
    (run,) = runs(0, [placed(770), placed(720), placed(690, 30)])
    assert run == Run(0, 100, 220, "820 -50 -50 -30")
    assert covered(0, 1, run) == [(77.0, 10.0, 82.0, 22.0)]
    assert covered(2, 3, run) == [(69.0, 10.0, 72.0, 22.0)]


def test_a_character_without_a_place_fills_its_gap() -> None:
    (run,) = runs(0, [None, placed(700), None, placed(780), None])
    assert run == Run(1, 100, 220, "700 50 30 50")
    assert covered(2, 3, run) == [(75.0, 10.0, 78.0, 22.0)]


@pytest.mark.parametrize(
    "places",
    [
        [placed(700), placed(750, top=90)],
        [placed(700), placed(750, top=130)],
        [placed(700), placed(900)],
        [placed(700), placed(500)],
        [placed(700), placed(750), placed(700)],
        [placed(750), placed(700), placed(750)],
    ],
    ids=["higher", "lower", "far right", "far left", "turned back", "turned forward"],
)
def test_another_line_height_place_or_direction_is_another_run(places: list[Placed]) -> None:
    assert len(list(runs(0, places))) == 2


def test_a_text_without_places_has_no_boxes() -> None:
    assert boxes({}, 0, 9) == []
    assert list(runs(0, [None, None])) == []


def test_boxes_name_their_page() -> None:
    page = {"width": 1, "height": 1, "runs": []}
    layout = {"geometry": [page, {**page, "runs": [Run(3, 0, 10, "0 10")]}]}
    assert boxes(layout, 3, 4) == [Box(1, 0.0, 0.0, 1.0, 1.0)]


@pytest.mark.parametrize(
    ("change", "sound"),
    [
        ({}, True),
        ({"width": -1}, False),
        ({"height": "792"}, False),
        ({"more": 1}, False),
        ({"runs": []}, True),
        ({"runs": [[0, 0, 0, "1"]]}, False),
        ({"runs": [[0, 0, 0, "1 2 3 4"]]}, False),
        ({"runs": [[-1, 0, 0, "1 2"]]}, False),
        ({"runs": [["0", 0, 0, "1 2"]]}, False),
        ({"runs": [[0, 0.5, 0, "1 2"]]}, False),
        ({"runs": [[0, 10**9, 0, "1 2"]]}, False),
    ],
)
def test_geometry_is_sound_within_its_text(change: dict[str, Any], *, sound: bool) -> None:
    page = {"width": 612.0, "height": 792, "runs": [[0, 1, 2, "3 4 -5"]]} | change
    assert is_sound_geometry([[0, 2]], [page], 2) is sound


def test_geometry_is_there_for_all_pages_or_none() -> None:
    page = {"width": 612.0, "height": 792, "runs": []}
    assert is_sound_geometry([[0, 2]], [], 2)
    assert not is_sound_geometry([[0, 2]], [page, page], 2)


@given(
    st.lists(st.none() | st.builds(placed, st.integers(0, 2_000), st.integers(1, 90)), max_size=9)
)
def test_every_place_is_within_the_box_of_its_character(places: list[Placed | None]) -> None:
    kept = list(runs(0, places))
    for offset, place in enumerate(places):
        found = covered(offset, offset + 1, *kept)
        if place is not None:
            assert len(found) == 1
            assert found[0][0] * 10 <= round(place.left) or place.left >= found[0][0] * 10 - 90
