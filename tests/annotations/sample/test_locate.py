"""Finding the true spans in a text that came out of a file."""

from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.sample.document import Span
from annotations.sample.locate import locate

SPACES = st.text(st.sampled_from(" \n\t\r\f\u00a0\u3000\u00ad\u200b\ufeff"), max_size=3)
WORDS = st.lists(st.text(st.sampled_from("abé字\u0301👍🏽"), min_size=1, max_size=4), min_size=1)


def squeezed(text: str) -> str:
    return "".join(text.split()).translate(dict.fromkeys(map(ord, "\u00ad\u200b\ufeff")))


@st.composite
def respaced(draw: st.DrawFn) -> tuple[str, str, list[Span]]:
    """Draw a text, the same with other spaces at any place, and spans from word to word."""
    drawn = draw(WORDS)
    text = " ".join(drawn)
    extracted = "".join(character + draw(SPACES) for character in squeezed(text))
    starts = [len(" ".join(drawn[:index])) + bool(index) for index in range(len(drawn))]
    pairs = draw(st.lists(st.tuples(*[st.integers(0, len(drawn) - 1)] * 2), max_size=5))
    spans = [
        Span(starts[min(pair)], starts[max(pair)] + len(drawn[max(pair)]), "place")
        for pair in pairs
    ]
    return text, draw(SPACES) + extracted, spans


@settings(deadline=None)
@given(respaced())
def test_white_space_never_matters(case: tuple[str, str, list[Span]]) -> None:
    text, extracted, spans = case
    located = locate(spans, text, extracted)
    assert len(located) == len(spans)
    for span, found in zip(spans, located, strict=True):
        assert squeezed(extracted[: found.start]) == squeezed(text[: span.start])
        assert squeezed(extracted[: found.end]) == squeezed(text[: span.end])
        assert extracted[found.start] == text[span.start]
        assert extracted[found.end - 1] == text[span.end - 1]


@settings(deadline=None)
@given(respaced(), st.text(max_size=30), st.integers(0, 200))
def test_what_is_found_reads_the_same_whatever_was_put_between(
    case: tuple[str, str, list[Span]], noise: str, place: int
) -> None:
    text, extracted, spans = case
    noisy = extracted[:place] + noise + extracted[place:]
    quotes = [squeezed(text[span.start : span.end]) for span in spans]
    located = [squeezed(noisy[found.start : found.end]) for found in locate(spans, text, noisy)]
    remaining = iter(quotes)
    assert all(quote in remaining for quote in located)


def test_the_same_text_keeps_its_spans() -> None:
    spans = [Span(0, 3, "person"), Span(10, 14, "place")]
    assert locate(spans, "Ada saw a town", "Ada saw a town") == spans


def test_of_equal_words_the_surroundings_decide() -> None:
    text = "Ada met Bo.\n\nThen Ada left."
    spans = [Span(0, 3, "person"), Span(18, 21, "person")]
    extracted = "By Ada\nAda met Bo.\n1\nThen Ada left."
    assert locate(spans, text, extracted) == [Span(7, 10, "person"), Span(26, 29, "person")]


def test_of_equal_words_in_equal_surroundings_the_order_decides() -> None:
    text, extracted = "x Bo y\nx Bo y\nend", "x Bo y\n- x Bo y\n- end"
    spans = [Span(2, 4, "person"), Span(9, 11, "person")]
    assert locate(spans, text, extracted) == [Span(2, 4, "person"), Span(11, 13, "person")]


def test_lost_and_blank_spans_are_left_out() -> None:
    spans = [Span(0, 3, "person"), Span(3, 4, "date"), Span(4, 6, "person")]
    assert locate(spans, "Ada Bo", "only Bo") == [Span(5, 7, "person")]
    assert locate(spans, "Ada Bo", "") == []
