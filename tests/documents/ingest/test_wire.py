from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.ingest import Boilerplate, ErrorCode, Extraction, ExtractionError, Limits
from documents.ingest.wire import Order, decode_answer, encode_error, encode_extraction

EXTRACTION = Extraction(
    text="A 😀\n\u2028",
    media_type="text/plain",
    extractor="python",
    extractor_version="3",
    layout={
        "pages": [[0, 5]],
        "blocks": [{"kind": "heading", "start": 0, "end": 3, "level": 1}],
        "sentences": [[0, 3]],
    },
    notes=["one"],
    metadata={"title": "A", "page_count": 3},
    language="sr-Latn",
    language_confidence=0.75,
)


def test_an_order_crosses_unchanged() -> None:
    order = Order(Limits(pages=3, wall_seconds=0.5), markdown_name=True)
    assert Order.decode(order.encode()) == order
    told = order._replace(boilerplate=Boilerplate.DROP, recogniser="it", replies=7)
    assert Order.decode(told.encode()) == told


def test_an_extraction_crosses_unchanged() -> None:
    assert decode_answer(encode_extraction(EXTRACTION), Limits()) == EXTRACTION


def test_an_error_is_raised_on_the_other_side() -> None:
    with pytest.raises(ExtractionError) as caught:
        decode_answer(encode_error(ExtractionError(ErrorCode.TOO_LARGE, "Much.")), Limits())
    assert (caught.value.code, caught.value.detail) == ("too_large", "Much.")


def test_a_detail_that_quotes_the_file_is_cut_and_cleaned() -> None:
    error = ExtractionError(ErrorCode.DOCX_BROKEN, "\0\ud800" + "x" * 9_999)
    with pytest.raises(ExtractionError) as caught:
        decode_answer(encode_error(error), Limits())
    assert caught.value.detail == "\ufffd\ufffd" + "x" * 1_998


@pytest.mark.parametrize(
    "change",
    [
        {"text": "twice"},
        {"media_type": "text/x-evil"},
        {"extractor": "x" * 2_001},
        {"extractor_version": 3},
        {"layout": {"pages": [], "blocks": [{"kind": "heading", "start": 0, "end": 99}]}},
        {"layout": {"pages": [[0]], "blocks": []}},
        {"layout": {"pages": [], "blocks": [{}]}},
        {"layout": {"pages": []}},
        {"layout": None},
        {"notes": [None]},
        {"notes": ["\0"]},
        {"notes": 3},
        {"metadata": {"title": ["list"]}},
        {"metadata": {"title\0": "x"}},
        {"metadata": {"number": 2**63}},
        {"metadata": []},
        {"language": None},
        {"language": "x" * 9},
        {"language": 3},
        {"language_confidence": 1.5},
        {"language_confidence": None},
        {"language_confidence": "0.5"},
        {"unknown": 1},
    ],
)
def test_an_unsound_extraction_is_a_crash(change: dict[str, Any]) -> None:
    line, text = encode_extraction(EXTRACTION).split(b"\n", 1)
    answer = json.dumps({**json.loads(line), **change}).encode() + b"\n" + text
    with pytest.raises(ExtractionError) as caught:
        decode_answer(answer, Limits())
    assert caught.value.code == ErrorCode.PARSER_CRASHED


@pytest.mark.parametrize("text", [b"abc\0ef", b"abc\xffdef", b"ab\xed\xa0\x80f", b"long" * 9, b""])
def test_an_unsound_text_is_a_crash(text: bytes) -> None:
    line = encode_extraction(EXTRACTION).split(b"\n", 1)[0]
    with pytest.raises(ExtractionError) as caught:
        decode_answer(line + b"\n" + text, Limits(characters=10))
    assert caught.value.code == ErrorCode.PARSER_CRASHED


def test_no_more_is_parsed_than_a_layout_can_take() -> None:
    padded = encode_extraction(EXTRACTION).replace(b"{", b"{" + b" " * 200_000, 1)
    assert decode_answer(padded, Limits()) == EXTRACTION
    with pytest.raises(ExtractionError):
        decode_answer(padded, Limits(blocks=500, pages=400, sentences=9, geometry_bytes=9))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"[]",
        b"3",
        b"{}",
        b'{"text": "x"}',
        b'{"code": "unheard_of", "detail": "x"}',
        b'{"code": "too_large"}',
        b'{"code": "too_large", "detail": "\\u0000"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_an_answer_of_another_shape_is_a_crash(answer: bytes) -> None:
    with pytest.raises(ExtractionError) as caught:
        decode_answer(answer, Limits())
    assert caught.value.code == ErrorCode.PARSER_CRASHED


@given(st.binary())
def test_no_answer_gets_past_the_codes(answer: bytes) -> None:
    with pytest.raises(ExtractionError):
        decode_answer(answer, Limits())
