"""Spans are found again in a changed text, and how surely they were is told."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from annotations.anchoring import Found, Method, anchor, reanchor
from tests.documents.alphabets import texts_of_all_kinds

few = st.text("ab \n", min_size=1, max_size=12)
texts = texts_of_all_kinds.filter(bool) | few
Span = tuple[str, int, int]


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Draw a text with a span in it."""
    text = draw(texts)
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


def moved(old: str, new: str, start: int, end: int) -> Found | None:
    """Return where the new text has what the old one has between two offsets."""
    (found,) = reanchor(old, new, [anchor(old, start=start, end=end)])
    return found


def sought(old: str, new: str, quote: str, number: int = 0) -> tuple[str, int, float] | None:
    """Return as what a quote (the first one, or a later one) was found, where, how surely."""
    start = -1
    for _ in range(number + 1):
        start = old.index(quote, start + 1)
    found = moved(old, new, start, start + len(quote))
    if found is None:
        return None
    return new[found.start : found.end], found.start, round(found.confidence, 2)


def way(old: str, new: str, quote: str) -> Method | None:
    """Return how the first of a quote was found."""
    start = old.index(quote)
    found = moved(old, new, start, start + len(quote))
    return found.method if found else None


@settings(deadline=None)
@given(span=spans())
def test_in_the_same_text_all_is_found_for_sure(span: Span) -> None:
    text, start, end = span
    assert moved(text, text, start, end) == Found(start, end, Method.EXACT, 1)


@settings(deadline=None)
@given(span=spans(), other=texts | st.just(""))
def test_whatever_is_found_lies_in_the_text(span: Span, other: str) -> None:
    text, start, end = span
    found = moved(text, other, start, end)
    if found is None:
        return
    assert 0 <= found.start < found.end <= len(other)
    assert 0 < found.confidence <= 1
    quoted = text[start:end] == other[found.start : found.end]
    assert quoted or (found.method is Method.FUZZY and found.confidence < 1)
    assert moved(text, other, start, end) == found


@settings(deadline=None)
@given(span=spans(), put=texts, data=st.data())
def test_what_is_put_in_beside_a_span_leaves_it_its_quote(
    span: Span, put: str, data: st.DataObject
) -> None:
    text, start, end = span
    at = data.draw(st.integers(0, start) | st.integers(end, len(text)))
    new = text[:at] + put + text[at:]
    found = moved(text, new, start, end)
    assert found
    assert (found.method, new[found.start : found.end]) == (Method.EXACT, text[start:end])
    twins = text.count(text[start]) > 1 or text[start] in put
    assert twins or found.start == (start if at >= end else start + len(put))


@settings(deadline=None)
@given(before=texts, gone=texts, span=spans(), after=texts | st.just(""), is_before=st.booleans())
def test_what_is_taken_out_beside_a_span_leaves_it_its_quote(
    before: str, gone: str, span: Span, after: str, *, is_before: bool
) -> None:
    text, start, end = span
    quote, new = text[start:end], before + text + after
    old = before + gone + text + after if is_before else before + text + gone + after
    at = len(before) + start + len(gone) * is_before
    found = moved(old, new, at, at + len(quote))
    if found is None:  # then there was another one, and that one is left
        assert old.count(quote[0]) > 1
        return
    kept = new[found.start : found.end]
    assert kept == quote or old.count(quote[0]) > 1


@settings(deadline=None)
@given(before=texts, span=spans(), after=texts | st.just(""))
def test_what_is_taken_out_is_lost(before: str, span: Span, after: str) -> None:
    text, start, end = span
    quote = text[start:end]
    assume(not set(quote) & set(before + after))
    old, new = f"{before}{quote}{after}", before + after
    assert moved(old, new, len(before), len(before) + len(quote)) is None


@settings(deadline=None)
@given(st.data())
def test_words_that_stay_are_found_however_much_is_changed_elsewhere(data: st.DataObject) -> None:
    words = [f"{one}{number}" for number, one in enumerate(["word", "item", "note", "line"] * 15)]
    index = data.draw(st.integers(0, len(words) - 1))
    far = [at for at in range(len(words)) if abs(at - index) > 3]
    changed = list(words)
    for at in data.draw(st.lists(st.sampled_from(far), max_size=30, unique=True)):
        changed[at] = data.draw(st.sampled_from(["", "put", "in here,", words[at].upper()]))
    old, new = " ".join(words), " ".join(changed)
    found = sought(old, new, words[index] if index < 50 else words[index][:4] + str(index))
    assert found
    assert found[:2] == (words[index], new.index(words[index]))


AWKWARD = [
    "Ada \U0001f469\u200d\U0001f52c lives",
    "e\u0301tude de Zoe\u0308",
    "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0645\u0631\u062d\u0628\u0627",
    "one\r\ntwo\r\n",
    "\U0001d538\U0010ffff\U0001f1ee\U0001f1f9",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_every_code_point_of_awkward_texts_is_followed(text: str) -> None:
    old, new = f"before {text} after", f"put in before {text}, after"
    for start in range(7, 7 + len(text)):
        for end in range(start + 1, 8 + len(text)):
            found = moved(old, new, start, end)
            assert found
            assert (found.start, found.end) == (start + 7, end + 7)


def test_nothing_is_normalised() -> None:
    old, new = "un e\u0301tude de Chopin", "un \u00e9tude de Chopin"
    found = moved(old, new, 3, 9)
    assert found
    assert (found.method, new[found.start : found.end]) == (Method.FUZZY, "\u00e9tude")
    assert found.confidence < 1
    crossing = moved("one\r\ntwo", "one\ntwo", 0, 8)
    assert crossing == Found(0, 7, Method.FUZZY, (7 / 8 + 1) / 2)


ROWS = "Item 1001 price 10\nItem 1002 price 10\nItem 1003 price 10\n"
TEXT = "Ada Lovelace lives in Turin. She likes Zoë. The bridge of Turin is old and wide."


@pytest.mark.parametrize(
    ("old", "new", "quote", "number", "expected"),
    [
        # kept, and how much of what was around it
        (TEXT, "X" + TEXT, "Turin", 1, ("Turin", 59, 1)),
        (TEXT, TEXT.replace("Ada", "Ada King"), "Ada", 0, ("Ada", 0, 0.84)),
        (TEXT, TEXT.replace(" She likes Zoë.", ""), "Turin", 1, ("Turin", 43, 0.86)),
        # changed in it
        (TEXT, TEXT.replace("Ada", "Ada King"), "Ada Lovelace", 0, ("Ada King Lovelace", 0, 0.85)),
        (TEXT, TEXT.replace("Turin", "Torino"), "Turin", 1, ("Torino", 59, 0.82)),
        (TEXT, TEXT.replace("Lovelace", "Byron"), "Lovelace", 0, None),
        # taken out, though the like of it is left
        (TEXT, TEXT.replace(" She likes Zoë.", ""), "likes", 0, None),
        (TEXT, TEXT[29:], "Turin", 0, None),
        ("row 101: ten\nrow 102: ten\n", "row 102: ten\n", "row 101", 0, None),
        ("row 101: ten\nrow 102: ten\n", "row 102: ten\n", "ten", 0, None),
        ("row 101: ten\nrow 102: ten\n", "row 102: ten\n", "ten", 1, ("ten", 9, 0.72)),
        (ROWS, ROWS[19:], "price", 0, None),
        (ROWS, ROWS[19:], "price", 1, ("price", 10, 0.82)),
        # moved
        (TEXT, TEXT[44:] + " " + TEXT[:43], "Ada Lovelace", 0, ("Ada Lovelace", 37, 0.98)),
        (TEXT, TEXT[44:] + " " + TEXT[:43], "Turin", 0, ("Turin", 59, 0.85)),
        # written anew around it
        (TEXT, "In that old town, Zoë was seen by nobody at all.", "Zoë", 0, ("Zoë", 18, 0.59)),
        (TEXT, "In that old town, Zoë was seen by nobody at all.", "Ada", 0, None),
        (TEXT, "In that old town, Zoëlle was seen by nobody.", "Zoë", 0, None),
        ("Turin is large.", "A town, Turing knew, like no other.", "Turin", 0, None),
        # what cannot be told
        ("yes\n" * 9, "yes\n" * 8, "yes", 4, ("yes", 16, 0.47)),
        ("Ada", "Ada Ada", "Ada", 0, ("Ada", 4, 0.5)),
        ("cat. dog. cat. pig.", "cat. pig.", "cat", 0, ("cat", 0, 0.34)),
        ("Ada", "Eve", "Ada", 0, None),
        ("Ada", "", "Ada", 0, None),
    ],
)
def test_what_becomes_of_a_quote(
    old: str, new: str, quote: str, number: int, expected: tuple[str, int, float] | None
) -> None:
    assert sought(old, new, quote, number) == expected


def test_of_many_places_those_in_the_old_surroundings_count() -> None:
    common = "the sun and the sea, " * 40
    passage = "Long ago the captain left for the islands. "
    found = sought(passage + common, common + "Here: " + passage, "the", 1)
    assert found
    assert found[:2] == ("the", len(common) + len("Here: " + passage[:30]))


def test_of_places_that_are_as_good_the_nearest_is_taken() -> None:
    old = "He wrote: Ada, come home! And so on."
    new = "She says: Ada; Ada; and not more than that."
    assert sought(old, new, "Ada") == ("Ada", 10, 0.3)
    assert sought(old, "She says: Ada; Ada; Ada; Ada; Ada.", "Ada") is None


def test_what_was_written_anew_is_found_by_what_is_like_it() -> None:
    old = "A letter from Ada Lovelaoe came to us."
    new = "Yesterday we got one that Ada Lovelace herself wrote, as we think."
    found = sought(old, new, "Ada Lovelaoe")
    assert found == ("Ada Lovelace", new.index("Ada"), 0.55)
    assert way(old, new, "Ada Lovelaoe") is Method.FUZZY
    twice = "Yesterday Ada Lovelace said that Ada Lovelace wrote, as we think."
    assert sought(old, twice, "Ada Lovelaoe") is None


def test_a_long_quote_is_found_by_what_is_left_of_it_alone() -> None:
    quote = " ".join(f"word{number}" for number in range(100))
    old, half = f"Begin {quote} end", quote[:350]
    assert sought(old, f"Begin {half}, no more. And end", quote) is not None
    assert sought(old, "Something else, in fact, from here to there", quote) is None


def test_nothing_like_a_quote_is_found_within_words_alone() -> None:
    old, letters = "From here: Turinburgh. And on", "q" * 30
    assert sought(old, f"Was it {letters}Turinbergh{letters}. And", "Turinburgh") is None
    assert sought(old, f"Was it {letters}: Turinbergh. And {letters}", "Turinburgh") is not None


def prose(seed: int, length: int) -> str:
    """Return text of made-up words, a few of them often, as in languages."""
    letters = random.Random(seed)
    words = ["".join(letters.choices("etaoinshrdlu", k=letters.randint(2, 9))) for _ in range(5000)]
    likely = [1 / rank for rank in range(1, len(words) + 1)]
    return " ".join(letters.choices(words, likely, k=length // 4))[:length]


def edited(text: str, edits: int) -> str:
    """Return the text with short pieces put in, taken out and replaced."""
    chance = random.Random(1)
    parts, last = [], 0
    for place in sorted(chance.sample(range(len(text)), edits)):
        parts += [text[last:place], "x" * chance.randint(0, 5)]
        last = max(last, place + chance.randint(0, 5))
    return "".join([*parts, text[last:]])


LONG = prose(1, 100_000)
HARD = {
    "prose": (LONG, edited(LONG, 200)),
    "other": (LONG, prose(2, 100_000)),
    "one letter": ("a" * 100_000, edited("a" * 100_000, 300)),
    "two letters": ("ab" * 50_000, "ba" * 45_000),
    "one sentence": (
        "The sun and the sea. " * 5_000,
        edited("The sun and the sea. " * 5_000, 300),
    ),
    "no words": (LONG.replace(" ", ""), edited(LONG.replace(" ", ""), 9_000)),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HARD)
def test_no_text_takes_long(name: str) -> None:
    old, new = HARD[name]
    chance = random.Random(2)
    starts = [chance.randrange(len(old) - 300) for _ in range(300)]
    anchors = [anchor(old, start=at, end=at + chance.choice([1, 9, 200])) for at in starts]
    found = list(reanchor(old, new, anchors))
    for one, had in zip(found, anchors, strict=True):
        assert one is None or 0 <= one.start < one.end <= len(new)
        assert one is None or one.method is Method.FUZZY or new.startswith(had.quote, one.start)
    if name == "prose":
        assert sum(one is not None and one.method is Method.EXACT for one in found) > 250
