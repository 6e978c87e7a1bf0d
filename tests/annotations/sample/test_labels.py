"""The label schema of the demo."""

import re

from annotations.sample.labels import CONFUSED_WITH, DOCUMENT_LABELS, SPAN_LABELS, TONES


def test_names_colours_and_shortcuts_are_distinct() -> None:
    labels = SPAN_LABELS + DOCUMENT_LABELS
    assert len(labels) == 15
    for values in zip(
        *((label.name, label.colour, label.shortcut) for label in labels), strict=True
    ):
        assert len(set(values)) == len(labels)


def test_every_label_is_complete() -> None:
    for label in SPAN_LABELS + DOCUMENT_LABELS:
        assert re.fullmatch("#[0-9a-f]{6}", label.colour)
        assert len(label.shortcut) == 1
        assert label.description.endswith(".")
    assert {label.kind for label in SPAN_LABELS} == {"span"}
    assert {label.kind for label in DOCUMENT_LABELS} == {"document"}


def test_every_span_label_can_be_taken_for_another() -> None:
    names = {label.name for label in SPAN_LABELS}
    assert set(CONFUSED_WITH) == names
    for name, others in CONFUSED_WITH.items():
        assert set(others) <= names - {name}
    assert set(TONES) <= {label.name for label in DOCUMENT_LABELS}
