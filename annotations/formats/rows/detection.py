"""Find out what a file of records is: its encoding, its format, and a table's dialect."""

from __future__ import annotations

import codecs
from dataclasses import replace
from typing import BinaryIO

import orjson

from annotations.formats.rows import dialects
from annotations.formats.rows.row import DEFAULT_ROW_LIMITS, FormatError, Position, RowLimits
from annotations.formats.rows.shape import Format, ReadingOptions, Shape
from documents.ingest.charsets import BYTE_ORDER_MARKS, NAMES, known_codec
from documents.ingest.encoding import decode
from documents.ingest.errors import ExtractionError

SAMPLE = 1_000_000
_SUFFIXES = {".csv": Format.CSV, ".tsv": Format.TSV, ".tab": Format.TSV, ".txt": Format.LINES}
TABLES = {Format.CSV, Format.TSV}
_OF_OUR_EXPORT = {"annotation_sets", "offset_unit", "revision", "text"}
_CODECS = {name: codec for codec, name in NAMES.items()} | {"utf-16": "utf_16_le"}
# What a byte says in it depends on those before, so that a part of a line has no size of its own.
_STATEFUL = "iso2022_jp"


def detect(
    file: BinaryIO,
    name: str = "",
    options: ReadingOptions | None = None,
    limits: RowLimits = DEFAULT_ROW_LIMITS,
) -> Shape:
    """Return how to read the file, by its first megabyte; its name decides where that does not.

    Raises FormatError: `empty_file`, `unknown_encoding`, `undecodable_text`,
    `unsupported_media_type`, and for a table `no_header`, `duplicate_column` and
    `too_many_columns`.
    """
    options = options or ReadingOptions()
    file.seek(0)
    head = file.read(SAMPLE)
    is_whole = len(head) < SAMPLE
    codec, mark = _encoding(head, options.encoding, is_whole)
    text = _text(head[mark:], codec, is_whole)
    if not text or text.isspace():
        raise FormatError("empty_file", "The file holds no rows.")
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    found = options.format or _format(text, name)
    shape = Shape(found, codec, newline, Position(mark))
    if found in TABLES:
        return dialects.with_dialect(file, shape, options, text, limits)
    return _into_array(shape, text) if found == Format.JSON else shape


def _encoding(head: bytes, label: str | None, is_whole: bool) -> tuple[str, int]:
    """Return the codec and how many bytes the byte order mark has, which overrules a label."""
    for mark, codec in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return codec, len(mark)
    if label is None:
        return _detected(head if is_whole else _cut(head)), 0
    codec_of_label = _CODECS.get(label.lower()) or known_codec(label)
    if codec_of_label is None:
        detail = f"Expected an encoding as the web names them, found {label[:40]!r}."
        raise FormatError("unknown_encoding", detail)
    return codec_of_label, 0


def _cut(head: bytes) -> bytes:
    """Return whole characters: whole lines, or whole units where zeros tell of wide ones."""
    if b"\0" in head:
        return head[: len(head) // 4 * 4]
    return head[: head.rfind(b"\n") + 1] or head


def _detected(head: bytes) -> str:
    try:
        return decode(head).codec if head else "utf_8"
    except ExtractionError as error:
        raise FormatError(error.code, error.detail) from error


def _text(head: bytes, codec: str, is_whole: bool) -> str:
    decoder = codecs.getincrementaldecoder(codec)("replace")
    text = decoder.decode(head, final=is_whole)
    return text if is_whole else text[: text.rfind("\n") + 1] or text


def _format(text: str, name: str) -> Format:
    """Tell the format by the first sign, the first line and the name's suffix."""
    beginning = text.lstrip()
    if beginning.startswith("["):
        return Format.JSON
    if beginning.startswith("{"):
        return _json_format(beginning)
    by_name = next((one for end, one in _SUFFIXES.items() if name.lower().endswith(end)), None)
    return by_name or dialects.table_format(text) or Format.LINES


def _json_format(beginning: str) -> Format:
    """Tell lines of objects from objects that take several lines."""
    line, newline, _ = beginning.partition("\n")
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        # A first line of more than the sample is taken for one that ends.
        return Format.JSON if newline and _goes_on(line) else Format.JSONL
    is_ours = isinstance(first, dict) and first.keys() >= _OF_OUR_EXPORT
    return Format.POSTIL if is_ours else Format.JSONL


def _goes_on(line: str) -> bool:
    """Tell whether an object's first line ends within it rather than being broken."""
    return line.rstrip().endswith(("{", ",", "[", ":"))


def _into_array(shape: Shape, text: str) -> Shape:
    """Let the first row be looked for after the array's bracket, if there is one."""
    if shape.encoding == _STATEFUL:
        detail = f"JSON is in UTF-8; lines of it may be in {NAMES[_STATEFUL]}, an array may not."
        raise FormatError("unsupported_encoding", detail)
    blanks = text[: len(text) - len(text.lstrip())]
    if not text.startswith(f"{blanks}["):
        return shape
    opening = f"{blanks}["
    offset = shape.start.offset + len(opening.encode(shape.encoding))
    start = Position(offset, 0, 1 + opening.count("\n"))
    return replace(shape, start=start, in_array=True)
