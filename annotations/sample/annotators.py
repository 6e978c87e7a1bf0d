"""What annotators would have said of a document: mostly the truth, each with their habits."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from annotations.sample.boundaries import words
from annotations.sample.document import Span
from annotations.sample.draw import seeded
from annotations.sample.labels import CONFUSED_WITH, SPAN_LABELS, TONES


class Opinion(NamedTuple):
    """What one annotator says: spans in reading order, and labels of the whole document."""

    spans: tuple[Span, ...]
    labels: tuple[str, ...]


class _Habit(NamedTuple):
    """How many spans in a hundred an annotator treats how, and how often documents."""

    keep: int
    shift: int
    relabel: int
    miss: int
    double: int
    extra: float
    other_tone: float


_HABITS = (
    _Habit(keep=94, shift=2, relabel=1, miss=2, double=1, extra=0.1, other_tone=0.04),
    _Habit(keep=84, shift=3, relabel=2, miss=10, double=1, extra=0.1, other_tone=0.08),
    _Habit(keep=82, shift=9, relabel=2, miss=2, double=5, extra=0.6, other_tone=0.08),
    _Habit(keep=86, shift=3, relabel=7, miss=3, double=1, extra=0.2, other_tone=0.15),
)


def opinions(
    text: str, spans: Sequence[Span], labels: Sequence[str], *, annotators: int, seed: str
) -> list[Opinion]:
    """Return what each of the annotators says of a text with these true spans and document labels.

    Spans are in code points of `text`, distinct, never empty, and may overlap. Where the true ones
    cut no visible character in two, neither do these. Give every document a seed of its own.
    """
    return [
        _opinion(text, spans, labels, _HABITS[number % len(_HABITS)], seeded(seed, number))
        for number in range(annotators)
    ]


def _opinion(
    text: str, spans: Sequence[Span], labels: Sequence[str], habit: _Habit, draw: random.Random
) -> Opinion:
    said = {answer for span in spans for answer in _answers(text, span, habit, draw)}
    if draw.random() < habit.extra:
        said.update(_extra(text, draw))
    ordered = sorted(said, key=lambda span: (span.start, -span.end, span.label))
    return Opinion(tuple(ordered), _document_labels(labels, habit, draw))


def _answers(text: str, span: Span, habit: _Habit, draw: random.Random) -> tuple[Span, ...]:
    (change,) = draw.choices(_CHANGES, habit[: len(_CHANGES)])
    return change(text, span, draw)


def _keep(_text: str, span: Span, _draw: random.Random) -> tuple[Span, ...]:
    return (span,)


def _miss(_text: str, _span: Span, _draw: random.Random) -> tuple[Span, ...]:
    return ()


def _relabel(_text: str, span: Span, draw: random.Random) -> tuple[Span, ...]:
    return (span._replace(label=draw.choice(CONFUSED_WITH[span.label])),)


def _shift(text: str, span: Span, draw: random.Random) -> tuple[Span, ...]:
    """Move one boundary by one word, where there is a word to take or to leave."""
    return (draw.choice(_shifted(text, span) or [span]),)


def _double(text: str, span: Span, draw: random.Random) -> tuple[Span, ...]:
    """Mark the span, and over it another that may end a word elsewhere and means another thing."""
    (near,) = _shift(text, span, draw)
    return span, *_relabel(text, near, draw)


_CHANGES: tuple[Callable[[str, Span, random.Random], tuple[Span, ...]], ...] = (
    _keep,
    _shift,
    _relabel,
    _miss,
    _double,
)


def _shifted(text: str, span: Span) -> list[Span]:
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.end)
    before = words(text, line_start, span.start)
    inside = words(text, span.start, span.end)
    after = words(text, span.end, line_end if line_end >= 0 else len(text))
    found: list[Span] = []
    if before and not text[before[-1][1] : span.start].strip():
        found.append(span._replace(start=before[-1][0]))
    if after and not text[span.end : after[0][0]].strip():
        found.append(span._replace(end=after[0][1]))
    if len(inside) > 1:
        found += [span._replace(start=inside[1][0]), span._replace(end=inside[-2][1])]
    return found


def _extra(text: str, draw: random.Random) -> list[Span]:
    """Mark some word that nobody else would."""
    near = draw.randrange(len(text) + 1)
    line_start = text.rfind("\n", 0, near) + 1
    line_end = text.find("\n", near)
    choices = words(text, line_start, line_end if line_end >= 0 else len(text))
    label = draw.choice(SPAN_LABELS).name
    return [Span(*draw.choice(choices), label)] if choices else []


def _document_labels(labels: Sequence[str], habit: _Habit, draw: random.Random) -> tuple[str, ...]:
    if draw.random() >= habit.other_tone:
        return tuple(labels)
    others = [tone for tone in TONES if tone not in labels]
    kept = [label for label in labels if label not in TONES]
    return (draw.choice(others), *kept)
