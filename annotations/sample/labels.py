"""The one label schema of the demo: ten labels for spans, five for whole documents."""

from typing import Literal, NamedTuple


class SampleLabel(NamedTuple):
    """A label as the demo project defines it; `colour` is `#rrggbb`, `shortcut` one key."""

    kind: Literal["span", "document"]
    name: str
    colour: str
    shortcut: str
    description: str


SPAN_LABELS = (
    SampleLabel("span", "person", "#1f77b4", "p", "A person's name, without title or role."),
    SampleLabel("span", "organisation", "#9467bd", "o", "A firm, authority, club or hospital."),
    SampleLabel("span", "place", "#2ca02c", "l", "A town, street, building, river or region."),
    SampleLabel("span", "date", "#ff7f0e", "d", "A day, time or period that could be looked up."),
    SampleLabel("span", "event", "#d62728", "e", "Something that happens once and has a name."),
    SampleLabel("span", "product", "#8c564b", "r", "Goods, a medicine or a vehicle by its name."),
    SampleLabel("span", "quantity", "#17becf", "q", "A count or measure; money has its own."),
    SampleLabel("span", "money", "#bcbd22", "m", "An amount with its currency."),
    SampleLabel("span", "condition", "#e377c2", "c", "An illness, injury or symptom."),
    SampleLabel("span", "work", "#7f7f7f", "w", "A book, song, law or contract with a title."),
)

DOCUMENT_LABELS = (
    SampleLabel("document", "positive", "#2e7d32", "1", "The writer is pleased."),
    SampleLabel("document", "neutral", "#616161", "2", "The writer takes no side."),
    SampleLabel("document", "negative", "#c62828", "3", "The writer is displeased or worried."),
    SampleLabel("document", "urgent", "#ef6c00", "4", "Someone must act within days."),
    SampleLabel("document", "personal", "#6a1b9a", "5", "It tells of someone's private life."),
)

TONES = ("positive", "neutral", "negative")
"""Of these three document labels a document bears exactly one."""

CONFUSED_WITH = {
    "person": ("organisation", "work"),
    "organisation": ("place", "product"),
    "place": ("organisation", "event"),
    "date": ("event", "quantity"),
    "event": ("organisation", "date"),
    "product": ("organisation", "work"),
    "quantity": ("money", "date"),
    "money": ("quantity",),
    "condition": ("event", "product"),
    "work": ("product", "event"),
}
"""The labels that an annotator is likely to take for each other."""
