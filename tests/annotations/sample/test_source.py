"""How a source file becomes a document, and what the hand-written ones promise."""

import unicodedata
from collections import Counter

import pytest

from annotations.sample.boundaries import is_boundary
from annotations.sample.corpus import hand_written
from annotations.sample.document import SampleDocument, Span
from annotations.sample.files import MEDIA_TYPES
from annotations.sample.labels import DOCUMENT_LABELS, SPAN_LABELS, TONES
from annotations.sample.source import parse_source

SOURCE = """title: Tea: a report
language: en
kind: news
format: md
split: dev
tags: drink, leaf
labels: neutral
meta.year: 2024
meta.source: Leaf
---
[Ada|person] drank.

In [Rill|place].
"""
DOCUMENTS = pytest.mark.parametrize("document", hand_written(), ids=lambda d: d.file_name)


def test_a_source_is_read_whole() -> None:
    document = parse_source("tea", SOURCE, 7)
    assert document.external_id == "sample-000007"
    assert document.file_name == "000007-tea.md"
    assert (document.title, document.language, document.kind) == ("Tea: a report", "en", "news")
    assert (document.format, document.encoding, document.split) == ("md", "utf-8", "dev")
    assert (document.tags, document.labels) == (("drink", "leaf"), ("neutral",))
    assert document.metadata == {"year": 2024, "source": "Leaf"}
    assert document.text == "Ada drank.\n\nIn Rill."
    assert document.spans == (Span(0, 3, "person"), Span(15, 19, "place"))


def test_a_missing_entry_is_named() -> None:
    with pytest.raises(KeyError, match="title"):
        parse_source("tea", SOURCE.replace("title", "name"), 1)


@DOCUMENTS
def test_every_document_is_well_annotated(document: SampleDocument) -> None:
    assert len(document.spans) >= 20
    assert {span.label for span in document.spans} <= {label.name for label in SPAN_LABELS}
    assert len(set(document.spans)) == len(document.spans)


@DOCUMENTS
def test_spans_begin_and_end_at_whole_visible_characters(document: SampleDocument) -> None:
    for start, end, _ in document.spans:
        quote = document.text[start:end]
        assert quote == quote.strip() != ""
        assert is_boundary(document.text, start)
        assert is_boundary(document.text, end)


@DOCUMENTS
def test_document_labels_are_of_the_schema_with_one_tone(document: SampleDocument) -> None:
    assert set(document.labels) <= {label.name for label in DOCUMENT_LABELS}
    assert len(set(document.labels) & set(TONES)) == 1


@DOCUMENTS
def test_front_matter_holds_known_values(document: SampleDocument) -> None:
    assert document.format in MEDIA_TYPES
    assert document.split in {"train", "dev", "test"}
    assert "source" in document.metadata
    assert document.text.encode(document.encoding if document.format == "txt" else "utf-8")


def test_the_documents_differ_in_every_way_that_matters() -> None:
    documents = hand_written()
    assert len(documents) == 26
    assert {document.language for document in documents} == {
        *("en", "de", "fr", "es", "tr", "ja", "zh", "ar", "he", "hi", "vi")
    }
    assert {document.format for document in documents} == set(MEDIA_TYPES)
    assert {"utf-16", "shift_jis", "windows-1252", "gb18030"} <= {
        document.encoding for document in documents
    }
    assert {document.split for document in documents} == {"train", "dev", "test"}
    assert len({document.kind for document in documents}) == 11
    used = Counter(span.label for document in documents for span in document.spans)
    assert all(used[label.name] >= 30 for label in SPAN_LABELS)


def test_the_texts_hold_what_breaks_careless_offsets() -> None:
    text = "".join(document.text for document in hand_written())
    assert "👨‍👩‍👧‍👦" in text
    assert "👍🏾" in text
    assert "🇯🇵" in text
    assert "𠮷" in text
    assert "葛\U000e0100" in text
    vietnamese = next(document for document in hand_written() if document.language == "vi")
    assert vietnamese.text == unicodedata.normalize("NFD", vietnamese.text)
    assert vietnamese.text != unicodedata.normalize("NFC", vietnamese.text)
