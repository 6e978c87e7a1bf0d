"""Draw annotated text as HTML whose text is the document's own, character for character."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.admin.segments import Block, Segment, Span

_FIRST = (
    '<mark id="s{}" class="k{} n{} first" data-a="{}" tabindex="-1" aria-describedby="a{}">'
    "{}</mark>"
)
_FURTHER = '<mark class="k{} n{}" data-a="{}">{}</mark>'
# Browsers read a bare carriage return as a line feed, or drop it; what is counted would shift.
_CARRIAGE_RETURN = format_html("&#{};", 13)


def draw(text: str, offset: int, blocks: Iterable[Block], lane_of: dict[int, int]) -> SafeString:
    """Return the blocks of a text, which begins at `offset`, with their annotations as marks.

    Page numbers stand in attributes, so that a script may count characters in what is shown.
    """
    begun: set[int] = set()
    return format_html_join("", "{}", ((_block(text, offset, b, lane_of, begun),) for b in blocks))


def _block(
    text: str, offset: int, block: Block, lane_of: dict[int, int], begun: set[int]
) -> SafeString:
    drawn = [
        (_segment(text[segment.start - offset : segment.end - offset], segment, lane_of, begun),)
        for segment in block.segments
    ]
    content = format_html_join("", "{}", drawn)
    if block.page is None:
        return format_html('<div class="block">{}</div>', content)
    page = '<div class="block page" id="page-{}" data-page="Page {}">{}</div>'
    return format_html(page, block.page, block.page, content)


def _segment(piece: str, segment: Segment, lane_of: dict[int, int], begun: set[int]) -> SafeString:
    """Return a piece in its marks: the lowest lane innermost, for it has the smallest box."""
    drawn = _escaped(piece)
    for span in segment.covering:
        drawn = _mark(span, lane_of[span.number], drawn, is_first=span.number not in begun)
        begun.add(span.number)
    return drawn


def _escaped(piece: str) -> SafeString:
    if "\r" not in piece:
        return conditional_escape(piece)
    return format_html_join(_CARRIAGE_RETURN, "{}", ((part,) for part in piece.split("\r")))


def _mark(span: Span, lane: int, inner: SafeString, *, is_first: bool) -> SafeString:
    number = span.number
    if is_first:
        return format_html(_FIRST, number, span.label, lane, number, number, inner)
    return format_html(_FURTHER, span.label, lane, number, inner)
