"""What annotators say of a document."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.sample.annotators import Opinion, opinions
from annotations.sample.boundaries import is_boundary
from annotations.sample.corpus import hand_written
from annotations.sample.document import SampleDocument, Span
from annotations.sample.labels import SPAN_LABELS, TONES

DOCUMENTS = pytest.mark.parametrize("document", hand_written(), ids=lambda d: d.file_name)
NAMES = [label.name for label in SPAN_LABELS]
TEXTS = st.text(
    st.one_of(
        st.sampled_from("ab c\n\r.\u0301\u200d👍🏽🇯🇵क्षि字あ"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """Draw a text and spans that cut no visible character of it."""
    text = draw(TEXTS)
    cuts = [index for index in range(len(text) + 1) if is_boundary(text, index)]
    pairs = draw(st.lists(st.tuples(st.sampled_from(cuts), st.sampled_from(cuts)), max_size=6))
    labels = st.sampled_from(NAMES)
    return text, [Span(min(pair), max(pair), draw(labels)) for pair in pairs if pair[0] != pair[1]]


def check(text: str, opinion: Opinion) -> None:
    assert len(set(opinion.spans)) == len(opinion.spans)
    for start, end, label in opinion.spans:
        assert 0 <= start < end <= len(text)
        assert is_boundary(text, start)
        assert is_boundary(text, end)
        assert label in NAMES


@settings(deadline=None)
@given(annotated(), st.text(max_size=5))
def test_nobody_says_what_cannot_be(case: tuple[str, list[Span]], seed: str) -> None:
    text, spans = case
    for opinion in opinions(text, spans, ["neutral"], annotators=4, seed=seed):
        check(text, opinion)


@DOCUMENTS
def test_annotators_mostly_agree_but_never_entirely(document: SampleDocument) -> None:
    said = opinions(document.text, document.spans, document.labels, annotators=12, seed="1")
    truth = set(document.spans)
    agreed = sum(len(truth & set(opinion.spans)) for opinion in said) / (12 * len(truth))
    assert 0.75 < agreed < 0.98
    assert len({opinion.spans for opinion in said}) > 6
    for opinion in said:
        check(document.text, opinion)


def test_every_kind_of_disagreement_occurs() -> None:
    seen = Counter(
        disagreement(span, set(document.spans))
        for document in hand_written()
        for opinion in opinions(document.text, document.spans, (), annotators=8, seed="2")
        for span in {*opinion.spans} ^ {*document.spans}
    )
    assert set(seen) == {"missed", "label", "boundary", "extra"}
    assert min(seen.values()) > 20


def disagreement(span: Span, truth: set[Span]) -> str:
    if span in truth:
        return "missed"
    if any((span.start, span.end) == (true.start, true.end) for true in truth):
        return "label"
    touching = any(span.start < true.end and true.start < span.end for true in truth)
    return "boundary" if touching else "extra"


def test_some_annotator_marks_one_place_twice() -> None:
    text, truth = "Ada saw Rill Bridge today", [Span(8, 19, "place")]
    said = opinions(text, truth, (), annotators=400, seed="3")
    doubled = {opinion.spans for opinion in said if truth[0] in opinion.spans} - {tuple(truth)}
    overlapping = [spans for spans in doubled if any(o.start < 19 and o.end > 8 for o in spans)]
    assert (Span(8, 19, "place"), Span(8, 12, "organisation")) in overlapping


def test_boundaries_move_by_one_word_and_stay_in_their_line() -> None:
    text, truth = "met Ada Lind.\nRill", Span(4, 12, "person")
    said = opinions(text, [truth], (), annotators=600, seed="4")
    places = {
        (s.start, s.end) for opinion in said for s in opinion.spans if s.start < 12 < s.end + 9
    }
    words_alone = {(0, 3), (4, 7), (8, 12)}
    assert places - words_alone == {(4, 12), (0, 12)}
    assert {(4, 7), (8, 12)} <= places


def test_documents_keep_exactly_one_tone() -> None:
    said = opinions("a", [], ["urgent", "negative"], annotators=200, seed="5")
    for opinion in said:
        assert len(set(opinion.labels) & set(TONES)) == 1
        assert "urgent" in opinion.labels
    assert {opinion.labels for opinion in said} == {
        ("urgent", "negative"),
        ("neutral", "urgent"),
        ("positive", "urgent"),
    }


def test_the_same_seed_gives_the_same_opinions_however_many_annotators() -> None:
    document = hand_written()[0]
    few = opinions(document.text, document.spans, document.labels, annotators=2, seed="a")
    many = opinions(document.text, document.spans, document.labels, annotators=5, seed="a")
    other = opinions(document.text, document.spans, document.labels, annotators=5, seed="b")
    assert many[:2] == few
    assert many != other
