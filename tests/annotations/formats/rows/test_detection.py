"""A file's content says what it is; its name decides where the content does not."""

from __future__ import annotations

import json

import pytest

from annotations.formats.rows import Format, FormatError, Position
from annotations.formats.rows.detection import SAMPLE
from tests.annotations.formats.rows.reading import fields_of, shape_of

RECORD = {"id": 1, "text": "a", "offset_unit": "utf16", "revision": {}, "annotation_sets": []}
FORMATS = [
    (b'{"text": "a"}\n{"text": "b"}\n', "", "jsonl"),
    (b'{"text": "a"}', "x.json", "jsonl"),
    (b'{\n "text": "a"\n}\n{\n "text": "b"\n}', "", "json"),
    (b'{"text": "a",\n "b": 1}', "", "json"),
    (b'{"text" "a"}\n{"text": "b"}\n', "", "jsonl"),
    (b' \n[{"text": "a"}]', "x.jsonl", "json"),
    (json.dumps(RECORD).encode(), "x.jsonl", "postil"),
    (b"text,label\na,b\n", "", "csv"),
    (b"text;label\na,a;b\nc;d\n", "", "csv"),
    (b"text|label\na,a|b\n", "", "csv"),
    (b"text\tlabel\na, b\tc\n", "", "tsv"),
    (b"Dear Ada, how are you?\nI am well, thank you.\n", "", "lines"),
    (b"Ada,Turin\nBea,Paris\n", "x.txt", "lines"),
    (b"text\na\nb, c\n", "x.CSV", "csv"),
    (b"text\na\n", "x.tsv", "tsv"),
    (b"text\na\n", "x.tab", "tsv"),
    (b"a line", "", "lines"),
    (b"1,2\n3,4\n", "", "lines"),
    (b"a,a\n3,4\n", "", "lines"),
    (b"a,\n3,4\n", "", "lines"),
    (b"a,b\n", "", "lines"),
    (b"a,b\n1\n2\n3\n4,5\n", "", "lines"),
    (b"a" * 201 + b",b\n1,2\n", "", "lines"),
]


@pytest.mark.parametrize(("content", "name", "expected"), FORMATS)
def test_the_content_tells_the_format_and_else_the_name(
    content: bytes, name: str, expected: str
) -> None:
    assert shape_of(content, name).format == expected


def test_a_first_line_longer_than_the_sample_is_taken_for_one_that_ends() -> None:
    line = b'{"text": "' + b"a" * SAMPLE + b'"}\n'
    assert shape_of(line * 2).format == "jsonl"
    assert len(fields_of(line * 2)) == 2


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf\n", b"\xff\xfe"])
def test_a_file_without_rows_says_so(content: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        shape_of(content)
    assert caught.value.code == "empty_file"


def test_what_is_no_text_says_so() -> None:
    with pytest.raises(FormatError) as caught:
        shape_of(bytes(range(256)) * 40)
    assert caught.value.code == "unsupported_media_type"


def test_an_unknown_encoding_says_so() -> None:
    with pytest.raises(FormatError) as caught:
        shape_of(b"a", encoding="rot13")
    assert str(caught.value) == (
        "unknown_encoding: Expected an encoding as the web names them, found 'rot13'."
    )


RUSSIAN = """Привет, как дела?
Здравствуй, друзья.
"""
ENCODINGS = [
    ("Müller wohnt in Köln.\nGrüße aus Zürich!\n", "cp1252", None),
    (RUSSIAN, "koi8_r", None),
    ("機能の表です。\nこれは日本語です。\n", "cp932", None),
    ("機能の表です。\nこれは日本語です。\n", "iso2022_jp", None),
    (RUSSIAN, "utf_16_le", None),
    (RUSSIAN, "utf_16_be", "utf-16be"),
    ("Ada\nBea\n", "utf_16_le", "UTF-16"),
    ("Ada\nBea\n", "cp1252", "latin1"),
    ("Grüße\n", "utf_8", None),
]


@pytest.mark.parametrize(("text", "codec", "label"), ENCODINGS)
def test_encodings_are_detected_or_told(text: str, codec: str, label: str | None) -> None:
    content = text.encode(codec)
    assert shape_of(content, "x.txt", encoding=label).encoding == codec
    fields = fields_of(content, "x.txt", encoding=label)
    assert fields == [{"text": line} for line in text.splitlines()]


def test_a_byte_order_mark_overrules_what_is_told() -> None:
    content = b"\xff\xfe" + "é".encode("utf-16-le")
    assert fields_of(content, encoding="utf-8") == [{"text": "é"}]
    assert shape_of(content, encoding="utf-8").start == Position(2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "shift_jis"])
def test_a_sample_is_cut_between_characters(encoding: str) -> None:
    letter = "表" if encoding == "shift_jis" else "é"
    for lead in ("", "a", "aa", "aaa"):
        text = lead + (letter * 40 + "\n") * (SAMPLE // 40)
        codec = {"shift_jis": "cp932"}.get(encoding, encoding.replace("-", "_"))
        assert shape_of(text.encode(encoding), "x.txt").encoding == codec


def test_a_sample_without_line_ends_is_taken_whole() -> None:
    assert shape_of(b"x" * (SAMPLE + 5)).format is Format.LINES


def test_a_json_array_in_an_encoding_of_states_says_so() -> None:
    content = '[{"text": "機能"}]'.encode("iso2022_jp")
    with pytest.raises(FormatError) as caught:
        shape_of(content)
    assert caught.value.code == "unsupported_encoding"


DIALECTS = [
    (b'text,n\n"a, b",1\n', (",", '"', ("text", "n"))),
    (b"text;n\na,b;1,5\nc,d;2,5\n", (";", '"', ("text", "n"))),
    (b'text\tn\n"a\t1\nb"\t2\n"c" d\t3\n', ("\t", "", ("text", "n"))),
    (b'text\tn\n"a\tb"\t1\n"b"\t2\n', ("\t", '"', ("text", "n"))),
    (b'text\tn\n"a"\t1\n"b"\t2\n"c\td\n', ("\t", '"', ("text", "n"))),
    (b'text\n"a\nb"\n', (",", '"', ("text",))),
    (b"sep=;\r\ntext;n\r\na;1\r\n", (";", '"', ("text", "n"))),
    (b"sep=|\ntext|n\na|1\n", ("|", '"', ("text", "n"))),
]


@pytest.mark.parametrize(("content", "expected"), DIALECTS)
def test_a_tables_dialect_is_found(content: bytes, expected: object) -> None:
    shape = shape_of(content, "x.csv")
    assert (shape.delimiter, shape.quote, shape.columns) == expected


def test_a_tables_dialect_may_be_told() -> None:
    content = b"text:n\n'a:b':1\n"
    shape = shape_of(content, "x.csv", delimiter=":", quote="'")
    assert fields_of(content, "x.csv", delimiter=":", quote="'") == [{"text": "a:b", "n": "1"}]
    assert (shape.start, shape.format) == (Position(7, 0, 2), "csv")
    assert fields_of(b'text,n\n"a,1\n', "x.csv", quote="") == [{"text": '"a', "n": "1"}]


def test_the_line_that_names_the_separator_is_no_row() -> None:
    content = b"sep=;\r\ntext;n\r\na;1\r\n"
    assert shape_of(content, "x.csv").start == Position(len(content) - 5, 0, 3)


def test_blank_lines_are_no_rows_of_a_sample_and_much_is_not_looked_at() -> None:
    assert shape_of(b"a,b\n\n\n1,2\n").format is Format.CSV
    assert shape_of(b"a,b\n" + b"1,2\n" * 199 + b"1,2,3\n" * 999).format is Format.CSV


def test_a_tsv_is_parted_by_tabs_whatever_else_is_in_it() -> None:
    assert shape_of(b"a,b,c\n1,2,3\n", "x.tsv").columns == ("a,b,c",)
