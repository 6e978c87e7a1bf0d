"""Writes a demo document as a PDF with real text, in fonts that every reader brings along."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from annotations.sample.document import Passage, SampleDocument
from annotations.sample.pdf_fonts import FONTS, LATIN, Font

_PAGE_WIDTH, _PAGE_HEIGHT, _MARGIN = 595, 842, 64
_LEADING = 16
_LINES_PER_PAGE = (_PAGE_HEIGHT - 2 * _MARGIN) // _LEADING
_SIZE, _HEADING_SIZE, _NUMBER_SIZE = 11, 14, 9


class _Line(NamedTuple):
    cells: tuple[tuple[int, str], ...] = ()
    size: int = _SIZE


def can_print(document: SampleDocument) -> bool:
    """Tell whether the fonts at hand have every character of the document."""
    font = FONTS.get(document.language, LATIN)
    return font.can_show(document.title + document.text)


def write_pdf(document: SampleDocument) -> bytes:
    """Return the document as PDF, no passage broken over two pages unless longer than one.

    The document must be one that `can_print` accepts.
    """
    font = FONTS.get(document.language, LATIN)
    blocks = _blocks((Passage(document.title, style="heading"), *document.passages), font)
    contents = [_content(page, number, font) for number, page in enumerate(_pages(blocks), start=1)]
    return _assembled(_objects(contents, font, document.title))


def _blocks(passages: Iterable[Passage], font: Font) -> list[list[_Line]]:
    """Return the lines that belong together: those of a passage and of the headings above it."""
    blocks: list[list[_Line]] = []
    headed = False
    for passage in passages:
        if headed:
            blocks[-1] += _lines(passage, font)
        else:
            blocks.append(_lines(passage, font))
        headed = passage.style == "heading"
    return blocks


def _lines(passage: Passage, font: Font) -> list[_Line]:
    rows = passage.text.split("\n")
    if passage.style == "table":
        lines = _table([row.split("\t") for row in rows], font)
    else:
        size = _HEADING_SIZE if passage.style == "heading" else _SIZE
        columns = int((_PAGE_WIDTH - 2 * _MARGIN) / (font.width * size))
        wrapped = [
            part for row in rows for part in textwrap.wrap(row, columns, break_on_hyphens=False)
        ]
        lines = [_Line(((_MARGIN, part),), size) for part in wrapped]
    return [*lines, _Line()]


def _table(rows: list[list[str]], font: Font) -> list[_Line]:
    widths = [max(map(len, column)) + 3 for column in zip(*rows, strict=True)]
    places = [sum(widths[:index]) for index in range(len(widths))]
    starts = [_MARGIN + int(place * font.width * _SIZE) for place in places]
    return [_Line(tuple(zip(starts, row, strict=True))) for row in rows]


def _pages(blocks: list[list[_Line]]) -> Iterator[list[_Line]]:
    page: list[_Line] = []
    for block in blocks:
        if page and len(page) + len(block) > _LINES_PER_PAGE:
            yield page
            page = []
        page += block
        while len(page) > _LINES_PER_PAGE:
            yield page[:_LINES_PER_PAGE]
            page = page[_LINES_PER_PAGE:]
    yield page


def _content(page: list[_Line], number: int, font: Font) -> bytes:
    top = _PAGE_HEIGHT - _MARGIN
    shown = [
        _shown(x, top - index * _LEADING, text, line.size, font)
        for index, line in enumerate(page)
        for x, text in line.cells
    ]
    shown.append(_shown(_PAGE_WIDTH // 2, _MARGIN // 2, str(number), _NUMBER_SIZE, font))
    return "\n".join(shown).encode()


def _shown(x: int, y: int, text: str, size: int, font: Font) -> str:
    return f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm <{font.encode(text).hex()}> Tj ET"


def _objects(contents: list[bytes], font: Font, title: str) -> list[bytes]:
    """Return catalog, page tree, information, the font's objects, and two objects for each page."""
    fonts = font.objects(4)
    first_page = 4 + len(fonts)
    pages = range(first_page, first_page + 2 * len(contents), 2)
    kids = " ".join(f"{page} 0 R" for page in pages)
    name = ("\ufeff" + title).encode("utf-16-be").hex()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        (
            f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} "
            f"/MediaBox [0 0 {_PAGE_WIDTH} {_PAGE_HEIGHT}] "
            "/Resources << /Font << /F1 4 0 R >> >> >>"
        ).encode(),
        f"<< /Title <{name}> >>".encode(),
        *fonts,
    ]
    for page, content in zip(pages, contents, strict=True):
        objects.append(f"<< /Type /Page /Parent 2 0 R /Contents {page + 1} 0 R >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    return objects


def _assembled(objects: list[bytes]) -> bytes:
    file = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
    table = [b"0000000000 65535 f \n"]
    for number, content in enumerate(objects, start=1):
        table.append(b"%010d 00000 n \n" % len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    head = b"xref\n0 %d\n" % len(table)
    return file + head + b"".join(table) + trailer % (len(table), len(file))
