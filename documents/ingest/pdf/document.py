"""PDF: the text of each page in reading order, as PDFium finds it.

A form feed stands between pages. PDFium ends lines with CR LF; here they end with LF. Where
it joined a word that was hyphenated at the end of a line, hyphen and line end are put back.
Each page's size is kept, and as many characters' places as the limits allow.
"""

from __future__ import annotations

import codecs
import re
import statistics
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from itertools import pairwise

import pypdfium2
from pypdfium2 import raw

from documents.ingest.boxes import RUN, Geometry, Run, runs
from documents.ingest.context import DEFAULT_CONTEXT, Context
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import REPLACEMENT, Extraction, Reading, title_metadata
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import PDF
from documents.ingest.pdf.columns import Line, in_reading_order
from documents.ingest.pdf.pictures import Scans
from documents.ingest.pdf.places import Places

VERSION = f"{pypdfium2.PDFIUM_INFO.build} (pypdfium2 {pypdfium2.PYPDFIUM_INFO.tag})"
# How many pages a note names.
NAMED = 10
PAGE_END = "\f"
# A line this much further off than is usual, or of so different a height, begins a paragraph.
GAP = 1.3
GROWTH = 1.2

# PDFium's own encoding: a sealed cell can load no codec.
codecs.lookup("utf_16_le")

_LOCKED = frozenset({raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY})
# PDFium's mark for a hyphen that it joined a word over, and for a character without meaning.
_UNMAPPED = "\ufffe"
_ENDINGS = re.compile(f"(\r\n|{_UNMAPPED})")
_HYPHEN = 2


class _Book:
    """What the pages are written into, and how much may still be kept of where they show it."""

    def __init__(self, composer: Composer, allowance: int, scans: Scans) -> None:
        self.composer = composer
        self.scans = scans
        self.geometry: list[Geometry] = []
        self._allowance = self._left = allowance

    def placed(self, text: str, unit: int, places: Places) -> list[Run]:
        """Return the runs of a line; none once their bytes are used up."""
        if self._left <= 0:
            return []
        return self.kept(list(runs(0, places.of(text, unit))))

    def kept(self, found: list[Run]) -> list[Run]:
        """Return the runs of a line, none once their bytes are used up."""
        self._left -= sum(RUN + len(run.edges) for run in found)
        return found if self._left > 0 else []

    def notes(self) -> Iterator[str]:
        """Say what was recognised, and that not all characters have a place."""
        yield from self.scans.notes()
        if self._left <= 0:
            first = f"the first {self._allowance} bytes"
            yield f"where characters stand is kept, and columns are told by it, in {first} only"


def extract(content: bytes, limits: Limits, context: Context = DEFAULT_CONTEXT) -> Extraction:
    """Return the text of a PDF page by page, recognised where a page has none.

    Raises `pdf_encrypted`, `pdf_broken`, `too_large` and `no_text_found`.
    """
    with closing(_open(content)) as document:
        count = len(document)
        limits.require("pages", count)
        book = _Book(Composer(limits), limits.geometry_bytes, Scans(context))
        unreadable = []
        for index in range(count):
            if not _add_page(book, document, index):
                unreadable.append(str(index + 1))
            context.report(index + 1, count)
        title = document.get_metadata_value("Title")
    if len(unreadable) == count:
        raise ExtractionError(ErrorCode.PDF_BROKEN, "None of its pages can be read.")
    text = book.composer.text()
    if context.recognise and not text.strip():
        raise ExtractionError(ErrorCode.NO_TEXT_FOUND, book.scans.failure())
    return Reading(
        text=text,
        media_type=PDF,
        extractor="pdfium and tesseract" if book.scans.has_read else "pdfium",
        extractor_version=VERSION,
        blocks=book.composer.blocks,
        pages=book.composer.pages,
        geometry=book.geometry,
        notes=[*_notes(text, unreadable), *book.notes()],
        metadata={"page_count": count, **title_metadata(title)},
    ).extraction(limits)


def _notes(text: str, unreadable: Sequence[str]) -> Iterator[str]:
    if unreadable:
        first = ", ".join(unreadable[:NAMED])
        yield f"{len(unreadable)} unreadable pages, among them {first}"
    if unknown := text.count(REPLACEMENT):
        yield f"{unknown} characters that the PDF gives no meaning stand as U+FFFD"


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in _LOCKED
        raise ExtractionError(
            ErrorCode.PDF_ENCRYPTED if locked else ErrorCode.PDF_BROKEN
        ) from error


def _add_page(book: _Book, document: pypdfium2.PdfDocument, index: int) -> bool:
    """Write a page after the ones before it; False when it cannot be read and stays empty."""
    composer = book.composer
    if index:
        composer.write(PAGE_END)
    start = composer.length
    paragraphs: list[Sequence[Line]] = []
    width = height = 0.0
    readable = False
    with suppress(pypdfium2.PdfiumError):
        with closing(document[index]) as page, closing(page.get_textpage()) as text_page:
            places = Places(page, text_page)
            width, height = places.width, places.height
            lines = in_reading_order(list(_lines(text_page, places, book)))
            paragraphs += _paragraphs(lines)
            if not any(line.text.strip() for line in lines):
                paragraphs = _recognised(book, page)
        readable = True
    found: list[Run] = []
    for paragraph in paragraphs:
        begin = composer.length
        for line in paragraph:
            found += [run._replace(start=run.start + composer.length) for run in line.runs]
            composer.write(line.text + line.ending)
        composer.blocks.add("paragraph", begin, composer.length)
    composer.pages.append([start, composer.length])
    book.geometry.append({"width": round(width, 1), "height": round(height, 1), "runs": found})
    return readable


def _recognised(book: _Book, page: pypdfium2.PdfPage) -> list[Sequence[Line]]:
    return [
        [line._replace(runs=book.kept(line.runs)) for line in paragraph]
        for paragraph in book.scans.paragraphs(page)
    ]


def _lines(page: pypdfium2.PdfTextPage, places: Places, book: _Book) -> Iterator[Line]:
    """Yield the lines of a page; PDFium counts UTF-16 units."""
    unit = start = 0
    text = ""
    for piece in _ENDINGS.split(page.get_text_range(errors="surrogatepass")):
        ending = _ending(page, unit, piece)
        unit += len(piece.encode("utf_16_le", "surrogatepass")) // 2
        if ending is None:
            text += piece.replace(_UNMAPPED, REPLACEMENT)
        else:
            yield _line(page, start, text, ending, book.placed(text, start, places))
            start, text = unit, ""
    yield _line(page, start, text, "", book.placed(text, start, places))


def _ending(page: pypdfium2.PdfTextPage, unit: int, piece: str) -> str | None:
    """Return how a line ends at `piece`, None when it goes on; both odd ends look alike."""
    if piece == "\r\n":
        return "\n"
    if piece == _UNMAPPED and raw.FPDFText_GetUnicode(page, _index(page, unit)) == _HYPHEN:
        return "-\n"
    return None


def _index(page: pypdfium2.PdfTextPage, unit: int) -> int:
    index: int = raw.FPDFText_GetCharIndexFromTextIndex(page, unit)
    return index


def _line(
    page: pypdfium2.PdfTextPage, start: int, text: str, ending: str, found: list[Run]
) -> Line:
    indent = len(text) - len(text.lstrip())
    bottom = top = 0.0
    with suppress(pypdfium2.PdfiumError):
        _, bottom, _, top = page.get_charbox(_index(page, start + indent), loose=True)
    return Line(text, ending, bottom, top - bottom, found)


def _paragraphs(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Group lines by how far apart and how tall they are."""
    pitches = [above.bottom - below.bottom for above, below in pairwise(lines)]
    usual = statistics.median([pitch for pitch in pitches if pitch > 0] or [0.0])
    begin = 0
    for index, (above, below) in enumerate(pairwise(lines), start=1):
        if _is_break(above, below, usual):
            yield lines[begin:index]
            begin = index
    yield lines[begin:]


def _is_break(above: Line, below: Line, usual: float) -> bool:
    """Tell a wide gap, another size, or the step back up into the next column."""
    pitch = above.bottom - below.bottom
    smaller, larger = sorted((above.height, below.height))
    return pitch > GAP * usual or pitch < -larger / 2 or larger > GROWTH * smaller
