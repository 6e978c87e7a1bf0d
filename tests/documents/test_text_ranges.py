"""Texts are read whole or in ranges, in the offsets that the client counts by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents import pipeline
from documents.errors import OffsetOutOfRange
from documents.models import Document, Revision
from documents.offsets import OffsetUnit, from_code_points
from documents.services import texts
from tests.client import Client
from tests.documents.alphabets import texts_of_all_kinds
from tests.documents.ingest import pdf_files

Made = Callable[..., Any]
TEXT = "Ada 👩‍🔬 e\u0301"  # 4 + 3 + 1 + 2 code points, of which two are beyond the basic plane


def document_with(text: str) -> Document:
    """Return a document with a text; no row is saved."""
    return Document(revision=Revision(text=text, length=len(text)))


def test_a_text_is_read_whole(viewer: Client, made: Made) -> None:
    document = made(text=TEXT)
    assert viewer.get(f"/documents/{document['id']}/text").json() == {
        "revision_id": document["revision"]["id"],
        "offset_unit": "code_points",
        "start": 0,
        "end": 10,
        "length": 10,
        "text": TEXT,
    }


@pytest.mark.parametrize(
    ("unit", "start", "end", "length"),
    [("code_points", 4, 7, 10), ("utf16", 4, 9, 12), ("utf8", 4, 15, 19)],
)
def test_a_range_counts_the_unit_that_is_asked_for(
    viewer: Client, made: Made, unit: str, start: int, end: int, length: int
) -> None:
    path = f"/documents/{made(text=TEXT)['id']}/text?offset_unit={unit}"
    read = viewer.get(f"{path}&start={start}&end={end}").json()
    assert (read["text"], read["offset_unit"], read["length"]) == ("👩‍🔬", unit, length)
    assert (read["start"], read["end"]) == (start, end)
    rest = viewer.get(f"{path}&start={end}").json()
    assert (rest["text"], rest["start"], rest["end"]) == (" e\u0301", end, length)


@pytest.mark.parametrize(
    "query",
    ["start=11", "end=11", "start=5&end=4", "offset_unit=utf16&start=5", "offset_unit=utf8&end=5"],
)
def test_a_range_outside_of_the_text_or_inside_a_character_is_refused(
    viewer: Client, made: Made, query: str
) -> None:
    response = viewer.get(f"/documents/{made(text=TEXT)['id']}/text?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "offset_out_of_range")


@pytest.mark.parametrize(
    "query",
    ["start=-1", "end=x", "start=2147483648", "offset_unit=bytes", "revision=0", "page=1"],
)
def test_a_query_that_does_not_fit_is_refused(viewer: Client, made: Made, query: str) -> None:
    response = viewer.get(f"/documents/{made()['id']}/text?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")


def test_an_empty_range_is_empty(viewer: Client, made: Made) -> None:
    read = viewer.get(f"/documents/{made()['id']}/text?start=19&end=19").json()
    assert (read["text"], read["start"], read["end"]) == ("", 19, 19)


def test_an_earlier_revision_is_read_by_its_number(viewer: Client, made: Made) -> None:
    made_one = made(text="Ada")
    document = Document.objects.get(pk=made_one["id"])
    document.revision = Revision.objects.create(
        project_id=document.project_id, document=document, number=2, text="Eve", length=3
    )
    document.save()
    path = f"/documents/{document.pk}/text"
    assert viewer.get(path).json()["text"] == "Eve"
    first = viewer.get(f"{path}?revision=1").json()
    assert (first["text"], first["revision_id"]) == ("Ada", made_one["revision"]["id"])
    assert viewer.get(f"{path}?revision=3").status_code == 404


def test_a_document_without_a_text_says_so(viewer: Client, upload: Callable[..., Document]) -> None:
    document = upload()
    for part in ("text", "layout", "boxes", "words"):
        response = viewer.get(f"/documents/{document.pk}/{part}")
        assert (response.status_code, response.json()["code"]) == (409, "document_not_ready")
        assert response.json()["detail"] == "Its status is pending."


def test_a_layout_tells_pages_and_blocks(viewer: Client, made: Made) -> None:
    document = Document.objects.get(pk=made(text="One\n\nTwo")["id"])
    assert document.revision
    blocks = [
        {"kind": "heading", "level": 1, "start": 0, "end": 3},
        {"kind": "paragraph", "start": 5, "end": 8},
    ]
    layout = {"pages": [[0, 4], [4, 8]], "blocks": blocks, "sentences": [[5, 8]]}
    document.revision.layout = layout
    document.revision.save()
    assert viewer.get(f"/documents/{document.pk}/layout").json() == {
        "revision_id": str(document.revision.pk),
        "offset_unit": "code_points",
        "page_sizes": [],
        **layout,
    }


@pytest.mark.parametrize(
    ("unit", "pages", "block", "sentences"),
    [
        ("code_points", [[0, 7], [8, 10]], (4, 10), [[4, 7], [8, 10]]),
        ("utf16", [[0, 9], [10, 12]], (4, 12), [[4, 9], [10, 12]]),
        ("utf8", [[0, 15], [16, 19]], (4, 19), [[4, 15], [16, 19]]),
    ],
)
def test_a_layout_counts_the_unit_that_is_asked_for(
    viewer: Client,
    made: Made,
    unit: str,
    pages: list[Any],
    block: tuple[int, int],
    sentences: list[Any],
) -> None:
    document = made(text=TEXT)
    Revision.objects.filter(document_id=document["id"]).update(
        layout={
            "pages": [[0, 7], [8, 10]],
            "blocks": [{"kind": "paragraph", "start": 4, "end": 10}],
            "sentences": [[4, 7], [8, 10]],
        }
    )
    layout = viewer.get(f"/documents/{document['id']}/layout?offset_unit={unit}").json()
    assert (layout["offset_unit"], layout["pages"]) == (unit, pages)
    start, end = block
    assert layout["blocks"] == [{"kind": "paragraph", "start": start, "end": end}]
    assert layout["sentences"] == sentences


def test_the_layout_of_an_earlier_revision_is_read_by_its_number(
    viewer: Client, made: Made
) -> None:
    first = made(text="# Ada", media_type="text/markdown")
    document = Document.objects.get(pk=first["id"])
    document.revision = Revision.objects.create(
        project_id=document.project_id, document=document, number=2, text="Eve", length=3
    )
    document.save()
    path = f"/documents/{document.pk}/layout"
    assert viewer.get(path).json()["blocks"] == []
    layout = viewer.get(f"{path}?revision=1").json()
    assert layout["revision_id"] == first["revision"]["id"]
    assert layout["blocks"] == [{"kind": "heading", "level": 1, "start": 0, "end": 5}]
    assert viewer.get(f"{path}?start=0").json()["code"] == "invalid_query"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", [[0, 3], [4, 7], [8, 10]]),
        ("offset_unit=utf16", [[0, 3], [4, 9], [10, 12]]),
        ("offset_unit=utf8", [[0, 3], [4, 15], [16, 19]]),
        ("start=1&end=8", [[4, 7]]),
        ("start=4&end=5", [[4, 7]]),
        ("start=5&end=5", []),
        ("start=9&offset_unit=utf16", [[10, 12]]),
    ],
)
def test_the_words_of_a_part_are_those_that_begin_in_it(
    viewer: Client, made: Made, query: str, words: list[list[int]]
) -> None:
    document = made(text=TEXT)
    answer = viewer.get(f"/documents/{document['id']}/words?{query}").json()
    assert answer["words"] == words
    assert answer["revision_id"] == document["revision"]["id"]


def test_words_of_too_long_a_part_are_refused(
    viewer: Client, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "SEGMENTED", 8)
    path = f"/documents/{made(text=TEXT)['id']}/words"
    refused = viewer.get(f"{path}?offset_unit=utf16")
    assert (refused.status_code, refused.json()["code"]) == (422, "range_too_long")
    assert refused.json()["detail"] == "Expected at most 8 code points, found 10."
    assert viewer.get(f"{path}?start=2").status_code == 200
    assert viewer.get(f"{path}?start=2&end=11").json()["code"] == "offset_out_of_range"


def test_a_text_without_a_layout_has_no_pages_and_blocks(viewer: Client, made: Made) -> None:
    Revision.objects.filter(document_id=(document := made())["id"]).update(layout={})
    layout = viewer.get(f"/documents/{document['id']}/layout").json()
    assert (layout["pages"], layout["blocks"], layout["sentences"]) == ([], [], [])


def test_a_part_of_a_pdf_is_found_on_its_page(
    viewer: Client, upload: Callable[..., Document]
) -> None:
    document = upload(pdf_files.document(pdf_files.lines("One line", "and two")))
    pipeline.process(str(document.pk))
    text = viewer.get(f"/documents/{document.pk}/text").json()["text"]
    start = text.index("line")
    query = f"start={start}&end={start + 4}&offset_unit=utf16"
    [box] = viewer.get(f"/documents/{document.pk}/boxes?{query}").json()["boxes"]
    [[width, height]] = viewer.get(f"/documents/{document.pk}/layout").json()["page_sizes"]
    assert box["page"] == 0
    assert 0 < box["left"] < box["right"] < width
    assert 0 < box["top"] < box["bottom"] < height
    refused = viewer.get(f"/documents/{document.pk}/boxes?start=9999")
    assert (refused.status_code, refused.json()["code"]) == (422, "offset_out_of_range")


@pytest.mark.parametrize(
    ("query", "sides"),
    [
        ("start=2&end=5", (72.0, 88.5)),
        ("start=3&end=4", (78.0, 83.0)),
        ("start=3&end=6&offset_unit=utf16", (72.0, 88.5)),
        ("start=5&end=6&offset_unit=utf8", (72.0, 78.0)),
    ],
)
def test_a_box_covers_the_characters_asked_for_and_no_others(
    viewer: Client, made: Made, query: str, sides: tuple[float, float]
) -> None:
    document = Document.objects.get(pk=made(text="👩 Ada")["id"])
    assert document.revision
    run = [2, 100, 220, "720 60 50 55"]  # tenths of points: "Ada" begins at 72, "d" at 78
    page = {"width": 612.0, "height": 792.0, "runs": [run]}
    document.revision.layout = {"pages": [[0, 5]], "blocks": [], "geometry": [page]}
    document.revision.save()
    left, right = sides
    assert viewer.get(f"/documents/{document.pk}/boxes?{query}").json() == {
        "revision_id": str(document.revision.pk),
        "boxes": [{"page": 0, "left": left, "top": 10.0, "right": right, "bottom": 22.0}],
    }


def test_a_text_without_pages_is_in_no_place(viewer: Client, made: Made) -> None:
    found = viewer.get(f"/documents/{made()['id']}/boxes?start=0&end=3")
    assert found.json()["boxes"] == []


@given(data=st.data(), text=texts_of_all_kinds, unit=st.sampled_from(OffsetUnit))
def test_every_range_reads_what_lies_between_its_offsets(
    data: st.DataObject, text: str, unit: OffsetUnit
) -> None:
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    start, end = (from_code_points(text, offset, unit) for offset in (first, last))
    read = texts.read(document_with(text), start=start, end=end, offset_unit=unit)
    assert read.text == text[first:last]
    assert (read.start, read.end) == (start, end)


@given(text=texts_of_all_kinds, unit=st.sampled_from(OffsetUnit), cut=st.integers(0, 100))
def test_two_neighbouring_ranges_make_up_the_text_or_are_refused(
    text: str, unit: OffsetUnit, cut: int
) -> None:
    document = document_with(text)
    try:
        before = texts.read(document, start=0, end=cut, offset_unit=unit)
    except OffsetOutOfRange:
        with pytest.raises(OffsetOutOfRange):
            texts.read(document, start=cut, end=None, offset_unit=unit)
    else:
        after = texts.read(document, start=cut, end=None, offset_unit=unit)
        assert before.text + after.text == text
        assert before.length == after.length == after.end
