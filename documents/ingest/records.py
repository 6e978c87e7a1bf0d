"""CSV, TSV, JSON and JSON lines as one document each: the source as it is, record by record.

A text is data only where all of it is. JSON parses to its end, and every line of JSON lines
does. A table has a row of distinct names that is followed by as many cells in every row, none
of them written as prose would be. All else stays plain text, whatever it is called.
"""

from __future__ import annotations

import csv
import json
import platform
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn

from documents.ingest.extraction import Reading
from documents.ingest.layout import Blocks
from documents.ingest.limits import Limits
from documents.ingest.media_type import CSV, JSON, JSON_LINES, TSV

# Longer is no name of a column, nor are more of them a table that people read.
NAME = 200
COLUMNS = 5_000

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"[-+]?[\d.,]+")
_DELIMITERS = {"\t": TSV, ",": CSV, ";": CSV}
_DAMAGE = (RecursionError, ValueError, csv.Error)


def read(text: str, limits: Limits) -> Reading | None:
    """Find the records of a text that is already decoded; None where it is not data."""
    for media_type, find in _candidates(text):
        blocks = Blocks(limits)
        try:
            find(text, blocks)
        except _DAMAGE:
            continue
        return Reading(
            text=text,
            media_type=media_type,
            extractor="python-json" if media_type in {JSON, JSON_LINES} else "python-csv",
            extractor_version=platform.python_version(),
            blocks=blocks,
        )
    return None


def _candidates(text: str) -> Iterator[tuple[str, Callable[[str, Blocks], None]]]:
    if text[_skip(text, 0) : _skip(text, 0) + 1] in {"{", "["}:
        yield JSON, _add_json
        yield JSON_LINES, _add_json_lines
    first = _LINE.match(text)
    for delimiter, media_type in _DELIMITERS.items():
        if first and delimiter in first[0]:
            yield media_type, partial(_add_rows, delimiter)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _add_json(text: str, blocks: Blocks) -> None:
    """Add the elements of the outermost array or the members of the outermost object."""
    start = _skip(text, 0)
    closing = {"[": "]", "{": "}"}[text[start]]
    at = _skip(text, start + 1)
    more = text[at : at + 1] != closing
    while more:
        begin = at
        if closing == "}":
            at = _key(text, at)
        at = _DECODER.raw_decode(text, at)[1]
        blocks.add("record", begin, at)
        at = _skip(text, at)
        more = text[at : at + 1] == ","
        at = _skip(text, at + more)
    if text[at : at + 1] != closing or _skip(text, at + 1) != len(text):
        raise ValueError(at)


def _key(text: str, at: int) -> int:
    """Return where the value of the member that begins at `at` begins."""
    key, at = _DECODER.raw_decode(text, at)
    at = _skip(text, at)
    if not isinstance(key, str) or text[at : at + 1] != ":":
        raise ValueError(at)
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _add_json_lines(text: str, blocks: Blocks) -> None:
    """Add the lines, each of which is an array or an object; one alone is JSON."""
    count = 0
    for line in _LINE.finditer(text):
        held = line[0].strip(" \t\r\n")
        if held:
            count += 1
            _require(isinstance(_DECODER.decode(held), dict | list))
            blocks.add("record", *line.span())
    _require(count > 1)


def _add_rows(delimiter: str, text: str, blocks: Blocks) -> None:
    """Add the rows of a table."""
    # A cell may hold a whole document; the library's own limit is for another time.
    csv.field_size_limit(len(text) + 1)
    reached = 0

    def lines() -> Iterator[str]:
        nonlocal reached
        for line in _LINE.finditer(text.rstrip("\r\n")):
            reached = line.end()
            yield line[0]

    start = width = count = 0
    for row in csv.reader(lines(), delimiter=delimiter, strict=True):
        width = width or _width(row)
        _require(len(row) == width and _is_row(row, delimiter))
        blocks.add("table_row", start, reached)
        start = reached
        count += 1
    _require(count > 1)


def _width(names: list[str]) -> int:
    """Return how many columns a row of names names; -1 where it is no such row."""
    fit = all(name.strip() and len(name) <= NAME and not _NUMBER.fullmatch(name) for name in names)
    several = 1 < len(names) <= COLUMNS
    return len(names) if fit and several and len({*names}) == len(names) else -1


def _is_row(row: list[str], delimiter: str) -> bool:
    """Tell cells from prose, which has a blank after its commas."""
    return delimiter == "\t" or not any(cell.startswith(" ") for cell in row[1:])


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError
