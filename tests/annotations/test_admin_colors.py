from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.admin.colors import DARK, LIGHT, Scheme, contrast, ink, parse, tint

COLORS = st.from_regex(r"\A#[0-9a-fA-F]{6}\Z")
SCHEMES = st.sampled_from([LIGHT, DARK])


@given(COLORS, SCHEMES)
def test_every_line_stands_out_from_the_page(color: str, scheme: Scheme) -> None:
    assert contrast(parse(ink(color, scheme)), scheme.page) >= 3


@given(COLORS, SCHEMES)
def test_text_is_readable_on_every_tint(color: str, scheme: Scheme) -> None:
    assert contrast(scheme.text, parse(tint(color, scheme))) >= 7


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == 21
    assert contrast((255, 255, 255), (0, 0, 0)) == 21
    assert contrast((9, 9, 9), (9, 9, 9)) == 1
    assert round(contrast((119, 119, 119), (255, 255, 255)), 2) == 4.48


def test_a_colour_that_stands_out_is_kept() -> None:
    assert ink("#205067", LIGHT) == "#205067"
    assert ink("#FFD54F", DARK) == "#ffd54f"
    assert ink("#ffd54f", LIGHT) != "#ffd54f"


@pytest.mark.parametrize("color", ["red", "", "#12345", "#1234567", "#ffffff;}body{", "#ggffff"])
def test_what_is_no_colour_becomes_grey(color: str) -> None:
    assert parse(color) == (128, 128, 128)
    assert ink(color, LIGHT) == "#808080"
