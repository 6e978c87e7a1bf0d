"""What our export wrote is taken back, held against itself."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest

from annotations.formats import postil
from annotations.formats.mapping import RowBox, RowDocument, RowRefused, RowRelation

TEXT = "Ada 👩 lives."
LEFT_OUT = "has no place in the exported text, and is left out."
SPAN = {
    "id": "1",
    "label": {"id": "2", "name": "PER"},
    "kind": "span",
    "body": "her",
    "confidence": 0.5,
    "start": 0,
    "end": 3,
    "quote": "Ada",
}
WHOLE = {"label": {"name": "letter"}, "kind": "document", "body": "", "confidence": None}
RECORD: dict[str, Any] = {
    "id": "3",
    "external_id": "n-1",
    "title": "Ada",
    "language": "en",
    "split": "train",
    "tags": ["a"],
    "metadata": {"year": 1843},
    "media_type": "application/pdf",
    "sha256": "…",
    "revision": {"number": 1, "sha256": hashlib.sha256(TEXT.encode()).hexdigest()},
    "offset_unit": "code_points",
    "text": TEXT,
    "annotation_sets": [
        {"kind": "annotator", "annotations": [SPAN, WHOLE]},
        {"kind": "annotator", "annotations": [WHOLE, SPAN, {**SPAN, "body": ""}]},
    ],
}


def changed(**members: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RECORD), **members}


def said(found: RowDocument) -> list[tuple[Any, ...]]:
    return [(one.label, one.anchor and one.anchor.quote, one.body) for one in found.annotations]


def test_an_exported_record_comes_back_with_its_sets_as_one() -> None:
    found = postil.document(RECORD)
    assert found.text == TEXT
    assert found.media_type == "text/plain"
    assert found.properties == {
        "external_id": "n-1",
        "title": "Ada",
        "language": "en",
        "split": "train",
        "tags": ["a"],
        "metadata": {"year": 1843},
    }
    assert said(found) == [("PER", "Ada", "her"), ("letter", None, ""), ("PER", "Ada", "")]
    assert found.annotations[0].confidence == 0.5


def test_what_a_document_has_not_is_not_said() -> None:
    empty: dict[str, Any] = {
        "external_id": None,
        "language": "",
        "split": "",
        "tags": [],
        "metadata": {},
    }
    found = postil.document(changed(**empty, media_type="text/markdown", annotation_sets=[]))
    assert found == RowDocument(TEXT, {"title": "Ada"}, [], "text/markdown")


def test_offsets_in_other_units_are_converted() -> None:
    span = {**SPAN, "start": 4, "end": 6, "quote": "👩"}
    found = postil.document(changed(offset_unit="utf16", annotation_sets=[{"annotations": [span]}]))
    assert said(found) == [("PER", "👩", "her")]


def with_span(**members: Any) -> dict[str, Any]:
    return changed(annotation_sets=[{"annotations": [WHOLE, {**SPAN, **members}]}])


def with_relation(**members: Any) -> dict[str, Any]:
    relation = {"label": {"name": "of"}, "source": "1", "target": "2", "body": ""}
    said = {"annotations": [SPAN, {**SPAN, "id": "2", "body": ""}]}
    return changed(annotation_sets=[{**said, "relations": [{**relation, **members}]}])


BOX = {"page": 0, "left": 1, "top": 2, "right": 3.5, "bottom": 4}
AT = "annotation_sets/0/annotations/1"
RELATION_AT = "annotation_sets/0/relations/0"
WRONG = [
    (changed(text="Ada lived."), ("text", "text_changed")),
    (changed(text=None), ("text", "invalid_type")),
    (changed(revision=None), ("text", "text_changed")),
    (changed(title=3), ("title", "invalid_type")),
    (changed(offset_unit="bytes"), ("offset_unit", "invalid_choice")),
    (changed(annotation_sets={}), ("annotation_sets", "invalid_type")),
    (changed(annotation_sets=[1]), ("annotation_sets", "invalid_type")),
    (changed(annotation_sets=[{}]), ("annotation_sets/0/annotations", "invalid_type")),
    (with_span(quote="Bea"), (AT, "quote_mismatch")),
    (with_span(quote=None), (AT, "quote_mismatch")),
    (with_span(end=99), (AT, "offset_out_of_range")),
    (with_span(start=None), (AT, "invalid_type")),
    (with_span(label=None), (AT, "invalid_type")),
    (with_span(kind="relation"), (AT, "unsupported_kind")),
    (with_span(kind="region"), (AT, "invalid_type")),
    (with_span(kind="region", boxes=[{"page": 0.5}]), (AT, "invalid_type")),
    (with_span(kind="region", boxes=[BOX | {"page": 0.5}]), (AT, "invalid_type")),
    (with_span(attributes=[1]), (AT, "invalid_type")),
    (with_span(attributes={"a": "\0"}), (AT, "unstorable")),
    (with_span(fragments=[SPAN, SPAN]), (AT, "fragments_in_disorder")),
    (with_span(fragments=[SPAN, {**SPAN, "start": 6}]), (AT, "offset_out_of_range")),
    (with_relation(source="9"), (f"{RELATION_AT}", "unknown_annotation")),
    (with_relation(target=[]), (f"{RELATION_AT}", "unknown_annotation")),
    (with_relation(label=None), (f"{RELATION_AT}", "invalid_type")),
    (with_span(body=3), (AT, "invalid_type")),
    (with_span(body="\0"), (AT, "unstorable")),
    (with_span(body="a" * 100_001), (AT, "too_long")),
    (with_span(confidence="high"), (AT, "invalid_confidence")),
]


@pytest.mark.parametrize(("record", "expected"), WRONG)
def test_a_record_that_does_not_fit_itself_is_refused(
    record: dict[str, Any], expected: tuple[str, str]
) -> None:
    with pytest.raises(RowRefused) as caught:
        postil.document(record)
    [error] = caught.value.errors
    assert (error.field, error.code) == expected


def test_fragments_boxes_attributes_and_relations_come_back() -> None:
    parts = [{**SPAN, "end": 3}, {"start": 6, "end": 11, "quote": "lives"}]
    apart = {**SPAN, "id": "2", "end": 11, "quote": "Ada lives", "fragments": parts}
    region = {**WHOLE, "id": "3", "kind": "region", "boxes": [BOX], "attributes": {"b": 1, "a": 2}}
    relation = {"label": {"name": "of"}, "source": "1", "target": "2", "body": "yes"}
    one = {"annotations": [SPAN, apart, region], "relations": [relation]}
    found = postil.document(changed(annotation_sets=[one, one]))
    span, discontinuous, box = found.annotations
    assert span.anchor
    assert discontinuous.anchor
    assert (discontinuous.anchor.start, discontinuous.anchor.end) == (0, 11)
    assert discontinuous.anchor.quote == "Ada lives"
    assert (span.fragments, discontinuous.fragments) == ((), ((0, 3), (6, 11)))
    assert box.boxes == (RowBox(0, 1, 2, 3.5, 4),)
    assert box.attributes == '{"a": 2, "b": 1}'
    assert found.relations == [RowRelation("of", 0, 1, "yes")]


def test_what_leads_to_something_lost_or_to_itself_is_left_out() -> None:
    twin, lost = {**SPAN, "id": "2"}, {**SPAN, "id": "7"}
    ways = [("1", "7"), ("1", "2")]
    relations = [{"label": {"name": "of"}, "source": one, "target": two} for one, two in ways]
    one = {"annotations": [SPAN, twin], "lost": [lost], "relations": relations}
    found = postil.document(changed(annotation_sets=[one]))
    assert (len(found.annotations), found.relations) == (1, [])
    assert found.left_out == [
        ("annotation_sets/0/lost/0", "lost", f"PER on “Ada” {LEFT_OUT}"),
        ("annotation_sets/0/relations/0", "lost", f"of {LEFT_OUT}"),
    ]
