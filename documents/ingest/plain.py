"""Plain text: what the bytes say, with its paragraphs, or its records where it is data."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator

from documents.ingest import records
from documents.ingest.encoding import decode
from documents.ingest.extraction import Extraction, Reading
from documents.ingest.layout import Blocks
from documents.ingest.limits import Limits
from documents.ingest.media_type import PLAIN

# Atomic groups: a CR LF is one line end, never two, and no input makes the search step back.
# It begins with a set of characters, for which a text is searched fast.
_BLANK_LINES = re.compile(r"[\r\n](?:(?<=\r)\n)?+(?>[^\S\r\n]*(?>\r\n?|\n))+")


def extract(content: bytes, limits: Limits) -> Extraction:
    """Decode a text file; line ends stay as they are, a byte order mark is not text.

    Raises `unsupported_media_type`, `undecodable_text`, `too_large` and `no_text_found`.
    """
    decoded = decode(content)
    limits.require("characters", len(decoded.text))
    reading = records.read(decoded.text, limits) or read(decoded.text, limits)
    reading.notes = decoded.notes
    return reading.extraction(limits)


def read(text: str, limits: Limits) -> Reading:
    """Find the paragraphs of a text that is already decoded."""
    return Reading(
        text=text,
        media_type=PLAIN,
        extractor="python",
        extractor_version=platform.python_version(),
        blocks=paragraphs(text, limits),
    )


def paragraphs(text: str, limits: Limits) -> Blocks:
    """Return what stands between blank lines."""
    blocks = Blocks(limits)
    for start, end in between_blank_lines(text):
        blocks.add("paragraph", start, end)
    return blocks


def between_blank_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of each paragraph."""
    start = 0
    for gap in _BLANK_LINES.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)
