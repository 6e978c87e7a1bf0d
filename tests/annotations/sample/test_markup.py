"""The markup of the sample sources."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.sample.document import Passage, Span
from annotations.sample.markup import MarkupError, parse_marks, parse_passages

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
TREES = st.recursive(
    LETTERS,
    lambda inner: st.tuples(st.lists(inner, min_size=1, max_size=4), st.sampled_from("abc")),
)


def written(tree: object) -> tuple[str, str, list[tuple[int, int, str]]]:
    """Return the source, the text and the spans of a tree of marks."""
    if isinstance(tree, str):
        escaped = "".join(f"\\{c}" if c in "[]|\\" else c for c in tree)
        return escaped, tree, []
    assert isinstance(tree, tuple)
    source, text, spans = "", "", []
    for child in tree[0]:
        child_source, child_text, child_spans = written(child)
        spans += [(len(text) + start, len(text) + end, label) for start, end, label in child_spans]
        source, text = source + child_source, text + child_text
    return f"[{source}|{tree[1]}]", text, [*spans, (0, len(text), tree[1])]


@settings(deadline=None)
@given(TREES)
def test_what_is_marked_is_read_back(tree: object) -> None:
    source, text, spans = written(tree)
    assert parse_marks(source) == (text, tuple(spans))


def test_marks_nest() -> None:
    assert parse_marks("at [Port of [Rill|place]|organisation].") == (
        "at Port of Rill.",
        (Span(11, 15, "place"), Span(3, 15, "organisation")),
    )


@pytest.mark.parametrize("source", ["a] b", "a | b", "a|person] b", "[|person]", "[a", "a\\"])
def test_marks_that_do_not_pair_are_refused(source: str) -> None:
    with pytest.raises(MarkupError, match=r"stray mark near|mark without text|never closed"):
        parse_marks(source)


def test_blocks_become_passages_of_their_style() -> None:
    source = (
        "= [Rill|place]\n\nOne\ntwo\n\n- [Ada|person]\n- Bo\n\n\n"
        "Tea :: [2 g|quantity]\nSalt :: 1 g\n"
    )
    assert parse_passages(source) == (
        Passage("Rill", (Span(0, 4, "place"),), "heading"),
        Passage("One\ntwo"),
        Passage("Ada\nBo", (Span(0, 3, "person"),), "list"),
        Passage("Tea\t2 g\nSalt\t1 g", (Span(4, 7, "quantity"),), "table"),
    )


def test_an_escaped_bullet_opens_no_list() -> None:
    assert parse_passages(r"\- so be it") == (Passage("- so be it"),)
