"""Pages that have no text, drawn as PDFium shows them, and what is recognised in them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import pypdfium2

from documents.ingest.context import Context, Picture
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.ocr.wire import MOST_DOTS
from documents.ingest.pdf.columns import Line
from documents.ingest.pdf.recognised import paragraphs

DOTS_PER_INCH = 300
# Below, letters are too small to be told.
FEWEST_DOTS_PER_INCH = 50
_POINTS = 72


class Scans:
    """Recognises the text of pages, and remembers how that went."""

    def __init__(self, context: Context) -> None:
        self._recogniser = context.recogniser
        self._recognise = context.recognise
        self._read = 0
        self._failed: Counter[str] = Counter()

    def paragraphs(self, page: pypdfium2.PdfPage) -> list[list[Line]]:
        """Return what stands on a page; nothing where nothing is drawn or recognised."""
        if self._recognise is None or not any(page.get_objects(max_depth=1)):
            return []
        if self._failed[ErrorCode.TOO_LARGE]:  # no page after that is looked at, nor drawn
            self._failed[ErrorCode.TOO_LARGE] += 1
            return []
        shown = draw(page)
        if shown is None:
            return []
        try:
            words = self._recognise(shown)
        except ExtractionError as error:
            self._failed[error.code] += 1
            return []
        found = paragraphs(words, shown.dots_per_inch, page.get_height())
        self._read += bool(found)
        return found

    @property
    def has_read(self) -> bool:
        """Tell whether any text was recognised."""
        return self._read > 0

    def failure(self) -> str:
        """Say that no text was recognised, and why."""
        reasons = "; ".join(self.notes())
        return f"Text recognition found nothing either{': ' * bool(reasons)}{reasons}."

    def notes(self) -> Iterator[str]:
        """Say on how many pages the text was recognised, and on how many that failed."""
        if self._read:
            yield f"the text of {self._read} pages was recognised by {self._recogniser}"
        for code, count in self._failed.items():
            yield f"text recognition gave up on {count} pages: {code}"


def draw(page: pypdfium2.PdfPage) -> Picture | None:
    """Return a page in grey, or None for one so large that its letters could not be told."""
    width, height = (size / _POINTS for size in page.get_size())
    most = math.sqrt(MOST_DOTS / (width * height))
    # A dot less than would fit, for each side is rounded up.
    density = min(DOTS_PER_INCH, int(most) - 1)
    if density < FEWEST_DOTS_PER_INCH:
        return None
    bitmap = page.render(scale=density / _POINTS, grayscale=True)
    rows, stride = bytes(bitmap.buffer), bitmap.stride
    pixels = b"".join(
        rows[start : start + bitmap.width] for start in range(0, stride * bitmap.height, stride)
    )
    return Picture(bitmap.width, bitmap.height, density, pixels)
