"""Writes a demo document as a Word file with headings, lists and tables."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO

import docx
from docx.document import Document as WordDocument

from annotations.sample.document import Passage, SampleDocument

_WRITTEN = datetime(2024, 1, 1, tzinfo=UTC)


def write_docx(document: SampleDocument) -> bytes:
    """Return the document as DOCX, the title as its first heading."""
    word = docx.Document()
    properties = word.core_properties
    properties.title, properties.language = document.title, document.language
    properties.created = properties.modified = _WRITTEN
    word.add_heading(document.title, level=1)
    for passage in document.passages:
        _add(word, passage)
    written = BytesIO()
    word.save(written)
    return _without_times(written)


def _add(word: WordDocument, passage: Passage) -> None:
    lines = passage.text.split("\n")
    if passage.style == "heading":
        word.add_heading(lines[0], level=2)
    elif passage.style == "list":
        for line in lines:
            word.add_paragraph(line, style="List Bullet")
    elif passage.style == "table":
        _add_table(word, [line.split("\t") for line in lines])
    else:
        word.add_paragraph(passage.text)


def _add_table(word: WordDocument, rows: list[list[str]]) -> None:
    table = word.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text


def _without_times(written: BytesIO) -> bytes:
    """Pack the archive again, because its members carry the time of writing."""
    packed = BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, source.read(name))
    return packed.getvalue()
