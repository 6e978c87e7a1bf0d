from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from annotations.admin import segments as cutting
from annotations.admin.drawing import draw
from annotations.admin.segments import LANES, Segment, Span, block_starts, blocks, lanes, segments

TEXTS = st.text(min_size=1, max_size=60)


@st.composite
def annotated(draw_from: st.DrawFn) -> tuple[str, list[Span]]:
    """Return a text and spans within it."""
    text = draw_from(TEXTS)
    ends = st.integers(0, len(text))
    pairs = st.tuples(ends, ends).filter(lambda pair: pair[0] < pair[1])
    found = draw_from(st.lists(pairs, max_size=12))
    return text, [Span(a, b, number, number % 3) for number, (a, b) in enumerate(found)]


class Shown(HTMLParser):
    """Reads a drawing as a browser does: its text, and which annotations cover each character."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.covering = "", list[frozenset[int]]()
        self.open: list[int] = []
        self.ids: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "mark":
            self.open.append(int(named["data-a"] or ""))
        if named.get("id"):
            self.ids.append(named["id"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        self.covering += [frozenset(self.open)] * len(data)


def drawn(text: str, spans: list[Span], pages: list[list[int]] | None = None) -> str:
    starts = block_starts(text, 0, pages or [])
    lane_of = lanes(spans)
    return draw(
        text, 0, blocks(segments(0, len(text), spans, list(starts), lane_of), starts), lane_of
    )


@given(annotated())
def test_what_is_shown_is_the_text_and_each_span_covers_its_characters(
    given_: tuple[str, list[Span]],
) -> None:
    text, spans = given_
    shown = Shown(drawn(text, spans))
    assert shown.text == text
    for place, covering in enumerate(shown.covering):
        true = {span.number for span in spans if span.start <= place < span.end}
        assert covering <= true
        assert len(covering) == min(len(true), LANES)


@given(annotated())
def test_spans_that_overlap_lie_in_different_lanes(given_: tuple[str, list[Span]]) -> None:
    _, spans = given_
    lane_of = lanes(spans)
    for one in spans:
        for other in spans:
            overlap = one.start < other.end and other.start < one.end
            shares = lane_of[one.number] == lane_of[other.number] < LANES - 1
            assert not (one.number != other.number and overlap and shares)


def test_the_shortest_span_lies_nearest_to_the_text() -> None:
    assert lanes([Span(0, 10, 0, 0), Span(2, 4, 1, 0), Span(20, 30, 2, 0)]) == {1: 0, 0: 1, 2: 0}


def test_spans_beside_each_other_share_a_lane() -> None:
    assert lanes([Span(0, 5, 0, 0), Span(5, 9, 1, 0)]) == {0: 0, 1: 0}


def test_a_segment_is_drawn_in_as_many_lanes_as_there_are() -> None:
    spans = [Span(0, 4, number, 0) for number in range(LANES + 3)]
    [segment] = segments(0, 4, spans, [], lanes(spans))
    assert len(segment.covering) == LANES


def test_spans_are_cut_to_the_part_that_is_shown() -> None:
    spans = [Span(0, 12, 0, 0), Span(8, 30, 1, 0)]
    found = list(segments(5, 20, spans, [], {0: 0, 1: 1}))
    covering = [(one.start, one.end, [span.number for span in one.covering]) for one in found]
    assert covering == [(5, 8, [0]), (8, 12, [0, 1]), (12, 20, [1])]


def test_a_span_has_its_anchor_once_where_it_begins() -> None:
    html = drawn("Ada Lovelace", [Span(0, 12, 0, 0), Span(4, 8, 1, 0)])
    assert Shown(html).ids == ["s0", "s1"]
    assert html.index('id="s0"') < html.index("Ada") < html.index('id="s1"')


def test_pages_begin_blocks_and_are_named_outside_of_the_text() -> None:
    html = drawn("one\ntwo\n", [], [[0, 4], [4, 8]])
    assert html == (
        '<div class="block page" id="page-1" data-page="Page 1">one\n</div>'
        '<div class="block page" id="page-2" data-page="Page 2">two\n</div>'
    )


def test_markup_in_a_text_is_shown_as_text() -> None:
    assert drawn("<b>&", [Span(0, 3, 0, 0)]).endswith(">&lt;b&gt;</mark>&amp;</div>")


def test_carriage_returns_are_kept_from_browsers_that_drop_them() -> None:
    html = drawn("a\r\nb\r", [])
    assert html == '<div class="block">a&#13;\nb&#13;</div>'


def test_long_texts_are_cut_after_lines() -> None:
    line = "x" * (cutting.BLOCK - 1)
    text = f"{line}\n{line}y\n{line}\n"
    assert list(block_starts(text, 100, [])) == [100, 100 + 2 * len(line) + 3]
    assert list(block_starts("no line ends here", 0, [])) == [0]
    assert list(block_starts(f"{line}x\n", 0, [])) == [0]


def test_a_part_begins_a_page_only_where_the_page_begins() -> None:
    assert block_starts("0123456789", 10, [[0, 12], [12, 25], [25, 30]]) == {10: None, 12: 2}
    assert block_starts("0123456789", 10, [[0, 10], [10, 20]]) == {10: 2}


def test_no_segments_make_no_blocks() -> None:
    assert list(blocks(iter(()), {})) == []
    assert [block.segments for block in blocks(iter([Segment(0, 1, ())]), {})] == [
        [Segment(0, 1, ())]
    ]
