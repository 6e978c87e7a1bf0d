"""Where PDFium says that characters stand, in tenths of points of the page as it is shown."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

from documents.ingest.boxes import FARTHEST, TENTHS, Placed

# PDFium answers in whole numbers; so the page is asked about as if it were so much larger.
_SCALE = 1000


class Places:
    """The places of one page's characters."""

    def __init__(self, page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> None:
        self.width, self.height = page.get_size()
        self._page = page
        self._text_page = text_page.raw
        self._rectangle = raw.FS_RECTF()
        self._target = ctypes.byref(self._rectangle)
        origin, across, up = self._shown(0, 0), self._shown(_SCALE, 0), self._shown(0, _SCALE)
        factor = TENTHS / _SCALE
        self._origin = [number * factor for number in origin]
        self._across = [
            (one - other) * factor / _SCALE for one, other in zip(across, origin, strict=True)
        ]
        self._up = [(one - other) * factor / _SCALE for one, other in zip(up, origin, strict=True)]

    def _shown(self, x: float, y: float) -> tuple[int, int]:
        """Return where a point of the page's own plane is shown, in thousandths of points."""
        width, height = (round(size * _SCALE) for size in (self.width, self.height))
        at_x, at_y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            self._page.raw, 0, 0, width, height, 0, x, y, ctypes.byref(at_x), ctypes.byref(at_y)
        )
        return at_x.value, at_y.value

    def of(self, text: str, unit: int) -> Iterator[Placed | None]:
        """Yield the places of a text whose first character is PDFium's `unit`th."""
        index_of = raw.FPDFText_GetCharIndexFromTextIndex
        for character in text:
            yield self._place(index_of(self._text_page, unit))
            unit += 1 + (character > "\uffff")

    def _place(self, index: int) -> Placed | None:
        box = self._rectangle
        known = raw.FPDFText_GetLooseCharBox(self._text_page, index, self._target)
        left, top, right, bottom = box.left, box.top, box.right, box.bottom
        empty = left == right or top == bottom
        if not known or empty or not all(map(_is_near, (left, top, right, bottom))):
            return None
        (ax, ay), (bx, by), (ox, oy) = self._across, self._up, self._origin
        near, far = ox + ax * left + bx * top, ox + ax * right + bx * bottom
        high, low = oy + ay * left + by * top, oy + ay * right + by * bottom
        if near > far:
            near, far = far, near
        if high > low:
            high, low = low, high
        return Placed(round(near), round(high), round(far), round(low))


def _is_near(number: float) -> bool:
    """Tell a place on or about a page from what a broken file says, which may be no number."""
    return -FARTHEST < number * TENTHS * 2 < FARTHEST
