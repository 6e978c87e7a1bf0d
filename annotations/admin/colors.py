"""Make label colours readable on light and dark pages (WCAG 2.2, 1.4.3 and 1.4.11). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

Rgb = tuple[int, int, int]

GREY: Rgb = (128, 128, 128)
INK_CONTRAST = 3.0  # a line against the page
TEXT_CONTRAST = 7.0  # text against what is behind it
STRONGEST_TINT = 0.35
_HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)


@dataclass(frozen=True)
class Scheme:
    """The page's and the text's colour, and towards which colour lines become readable."""

    page: Rgb
    text: Rgb
    away: Rgb


LIGHT = Scheme(page=(255, 255, 255), text=(51, 51, 51), away=(0, 0, 0))
DARK = Scheme(page=(18, 18, 18), text=(238, 238, 238), away=(255, 255, 255))


def parse(color: str) -> Rgb:
    """Return the parts of a colour such as "#ffd54f"; grey for anything else."""
    found = _HEX.fullmatch(color)
    if not found:
        return GREY
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue


def ink(color: str, scheme: Scheme) -> str:
    """Return the colour, changed as little as it takes for a line to stand out from the page."""
    steps = (_mix(scheme.away, parse(color), step / 20) for step in range(21))
    return _hex(next(mixed for mixed in steps if contrast(mixed, scheme.page) >= INK_CONTRAST))


def tint(color: str, scheme: Scheme) -> str:
    """Return a background of the colour, as strong as the text upon it allows."""
    weights = (STRONGEST_TINT * step / 10 for step in range(10, -1, -1))
    tints = (_mix(parse(color), scheme.page, weight) for weight in weights)
    return _hex(next(mixed for mixed in tints if contrast(scheme.text, mixed) >= TEXT_CONTRAST))


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's figures


def _mix(one: Rgb, other: Rgb, weight: float) -> Rgb:
    red, green, blue = (
        round(a * weight + b * (1 - weight)) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue


def _hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
