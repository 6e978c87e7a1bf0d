"""Hold what a client says of a span against the text. Pure; no anchor that does not fit gets in.

Selectors follow the W3C Web Annotation Data Model: a position (section 4.2.5), a quote with
prefix and suffix (section 4.2.4).
"""

from __future__ import annotations

from dataclasses import dataclass

from documents.offsets import (
    OffsetInsideCharacter,
    OffsetUnit,
    from_code_points,
    to_code_points,
)

CONTEXT = 32


@dataclass(frozen=True)
class Anchor:
    """A span of a text: code-point offsets, half open, with what it quotes and what is around."""

    start: int
    end: int
    quote: str
    prefix: str
    suffix: str


class AnchorError(ValueError):
    """A selector does not fit the text: what was expected, and what was found, at which member."""

    def __init__(self, member: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.member = member
        self.code = code
        self.detail = detail


def anchor(
    text: str,
    *,
    start: int,
    end: int,
    quote: str | None = None,
    unit: OffsetUnit = OffsetUnit.CODE_POINTS,
) -> Anchor:
    """Return the verified anchor of a span given in `unit`; raises AnchorError.

    A quote that is sent must be the very text between the offsets; the one kept, like prefix and
    suffix of up to 32 code points, is read from the text itself.
    """
    first, last = _code_points(text, "start", start, unit), _code_points(text, "end", end, unit)
    if not 0 <= first < last <= len(text):
        length = from_code_points(text, len(text), unit)
        detail = f"Expected 0 ≤ start < end ≤ {length} in {unit}, found {start} and {end}."
        raise AnchorError("end", "offset_out_of_range", detail)
    found = text[first:last]
    if quote is not None and quote != found:
        detail = f"The text between the offsets is {short(found)}, not {short(quote)}."
        raise AnchorError("quote", "quote_mismatch", detail)
    prefix, suffix = text[max(0, first - CONTEXT) : first], text[last : last + CONTEXT]
    return Anchor(first, last, found, prefix, suffix)


def check_around(text: str, anchor: Anchor, *, prefix: str, suffix: str) -> None:
    """Raise AnchorError unless that is what stands right before and right after the anchor."""
    before = text[max(0, anchor.start - len(prefix)) : anchor.start]
    after = text[anchor.end : anchor.end + len(suffix)]
    for member, told, found in (("prefix", prefix, before), ("suffix", suffix, after)):
        if told != found:
            detail = f"The text there is {short(found)}, not {short(told)}."
            raise AnchorError(member, f"{member}_mismatch", detail)


def _code_points(text: str, member: str, offset: int, unit: OffsetUnit) -> int:
    try:
        return to_code_points(text, offset, unit)
    except OffsetInsideCharacter as error:
        raise AnchorError(member, "offset_inside_character", str(error)) from error


def short(text: str) -> str:
    """Return a text as details quote it: the middle of a long one is left out."""
    return repr(text if len(text) <= 60 else f"{text[:40]}…{text[-19:]}")  # noqa: PLR2004
